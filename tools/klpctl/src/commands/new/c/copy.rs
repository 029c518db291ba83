// SPDX-License-Identifier: GPL-2.0

//! The C file with copies of functions, what was inlined into them, and declarations of the rest.

mod decide;
mod write;

use self::{decide::Decider, write::Writer};
use super::Exported;
use crate::{
    kernel::{Kind as SymbolKind, Object},
    proof::{Memory, Proof, Unit},
    source::{masked, rename, words, Copied, File, Item, Kind},
    types::Source,
};
use anyhow::Result;
use std::collections::{BTreeSet, HashMap};

/// What a copy is made of.
pub struct Copy<'a> {
    /// The file, below the kernel's source.
    pub source: &'a str,
    /// The kernel's release.
    pub release: &'a str,
    /// The object that the file is a part of.
    pub object: &'a str,
    /// That.
    pub found: &'a Object,
    /// The kernel itself.
    pub vmlinux: &'a Object,
    /// What was inlined, and the types of variables.
    pub types: Source,
    /// Where the unit is.
    pub proof: Proof,
    /// The unit.
    pub unit: &'a Unit<'a>,
    /// What runs.
    pub memory: &'a Memory,
    /// What is exported.
    pub exported: &'a Exported,
    /// The functions, and what replaces them.
    pub names: HashMap<String, String>,
}

/// Words of a function's head that its replacement, or a declaration of it, does not have.
const DROPPED: [&str; 5] = ["static", "STATIC", "inline", "__always_inline", "noinline"];

impl Copy<'_> {
    /// The file, and what is left to the author. `undefined` compiles a text, and says which symbols that leaves open.
    pub fn write(
        &self,
        text: &str,
        undefined: &dyn Fn(&str) -> Result<BTreeSet<String>>,
    ) -> (String, Vec<String>) {
        let file = File::parse(text);
        let mut names: Vec<_> = self.names.keys().cloned().collect();
        names.sort();
        let mut decider = Decider::new(self);
        let copied = Copied::of(&names, &file, &mut decider);
        let mut left = decider.left;
        if copied.words.contains("THIS_MODULE") && self.object != "vmlinux" {
            left.push("THIS_MODULE is the livepatch, no longer the module".to_owned());
        }
        for index in copied.items.keys() {
            left.extend(self.statics(&file, &file.items[*index]));
        }
        let writer = |outside: &[String], left: &[String]| {
            let writer = Writer {
                copy: self,
                file: &file,
            };
            writer.write(&copied, outside, left)
        };
        let outside = match undefined(&writer(&[], &[])) {
            Ok(names) => self.outside(&names, &mut left),
            Err(error) => {
                left.push(format!("it does not compile: {error:#}"));
                Vec::new()
            }
        };
        (writer(&outside, &left), left)
    }

    /// Where a symbol of the unit's own is among those of its name: 0 if it is the only one. None if what runs has
    /// none of it.
    fn position(&self, name: &str) -> Option<u64> {
        let symbol = self
            .unit
            .symbols
            .iter()
            .find(|symbol| symbol.name == name)?;
        self.proof.position(symbol, self.memory)
    }

    /// What is in other files, and not exported.
    fn outside(&self, names: &BTreeSet<String>, left: &mut Vec<String>) -> Vec<String> {
        let is_compilers = |name: &str| {
            [
                "__fentry__",
                "__x86_",
                "__stack_chk",
                "__ref_stack_chk",
                ".klp.",
            ]
            .iter()
            .any(|start| name.starts_with(start))
        };
        let mut text = Vec::new();
        for name in names.iter().filter(|name| !is_compilers(name)) {
            if !self.exported.has(name, self.object) {
                text.push(self.declared_elsewhere(name, left));
            } else if let Some(module) = self.exported.module(name) {
                text.push(format!(
                    "/* {name} is of the module {module}, which has to be loaded before the livepatch. */"
                ));
            }
        }
        text
    }

    /// What a header declares and another unit has.
    fn declared_elsewhere(&self, name: &str, left: &mut Vec<String>) -> String {
        let (object, found) = match self.found.named(name).next() {
            Some(_) => (self.object, self.found),
            None => ("vmlinux", self.vmlinux),
        };
        let position = match found.named(name).count() {
            0 | 1 => Some(0),
            _ => self.memory.position_of_global(name),
        };
        let Some(position) = position else {
            left.push(format!("which '{name}' of several is meant is not known"));
            return format!("/* KLP_SYMBOL_NAMED({object}, \"{name}\", POSITION, {name}); */");
        };
        let is_per_cpu = found
            .named(name)
            .any(|symbol| symbol.kind == SymbolKind::PerCpu);
        match is_per_cpu {
            true => self.per_cpu(object, name, position, left),
            false => symbol(object, name, position),
        }
    }

    fn per_cpu(&self, object: &str, name: &str, position: u64, left: &mut Vec<String>) -> String {
        let Some(Some(variable)) = self.types.variables.get(name) else {
            left.push(format!(
                "the type of the per-CPU variable {name} has no name: declare it"
            ));
            return format!("/* KLP_PER_CPU({object}, TYPE, {name}); */");
        };
        match position {
            0 => format!("KLP_PER_CPU({object}, {}, {name});", variable.of),
            _ => format!(
                "KLP_PER_CPU_NAMED({object}, \"{name}\", {position}, {}, {name});",
                variable.of
            ),
        }
    }

    /// Variables that a copied function keeps, of which the copy would have its own.
    fn statics(&self, file: &File, item: &Item) -> Vec<String> {
        let Kind::Function(body) = item.kind else {
            return Vec::new();
        };
        let text = &masked(file.text(item))[body - item.range.start..];
        let all = words(text);
        let starts = all
            .iter()
            .enumerate()
            .filter(|(_, (_, word))| *word == "static");
        let mut left = Vec::new();
        for (index, (range, _)) in starts {
            if all.get(index + 1).is_some_and(|(_, word)| *word == "const") {
                continue;
            }
            let end = text[range.end..].find(['=', ';', '[']).unwrap_or_default();
            let declared = &text[range.end..range.end + end];
            // `static DEFINE_RATELIMIT_STATE(name, …);`, or a type and a name.
            let name = match declared.split_once('(') {
                Some((_, arguments)) => words(arguments).first().cloned(),
                None => words(declared).last().cloned(),
            };
            let Some((_, name)) = name else { continue };
            let own: Vec<_> = self
                .unit
                .symbols
                .iter()
                .filter(|symbol| {
                    symbol
                        .name
                        .strip_prefix(name)
                        .is_some_and(|end| end.starts_with('.'))
                })
                .map(|symbol| symbol.name)
                .collect();
            let theirs = match own.as_slice() {
                [] => String::new(),
                own => format!(
                    ": the kernel's is '{}', which KLP_SYMBOL_NAMED gives",
                    own.join("' or '")
                ),
            };
            let function = item.names.join(" ");
            left.push(format!(
                "the copy of {function} has a variable '{name}' of its own{theirs}"
            ));
        }
        left
    }
}

fn symbol(object: &str, name: &str, position: u64) -> String {
    match position {
        0 => format!("KLP_SYMBOL({object}, {name});"),
        _ => format!("KLP_SYMBOL_NAMED({object}, \"{name}\", {position}, {name});"),
    }
}

/// A function's head without what makes it the file's own.
fn head(text: &str) -> String {
    let dropped = DROPPED
        .iter()
        .map(|word| ((*word).to_owned(), String::new()));
    let mut text = rename(text, &dropped.collect()).trim().to_owned();
    while text.contains("  ") {
        text = text.replace("  ", " ");
    }
    text.replace("\n ", "\n").replace(" \n", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_is_not_the_files_own() {
        assert_eq!(
            head("static inline int f(int a,\n\t\tint b)"),
            "int f(int a,\n\t\tint b)"
        );
        assert_eq!(head("static __always_inline\nvoid g(void)"), "void g(void)");
    }
}
