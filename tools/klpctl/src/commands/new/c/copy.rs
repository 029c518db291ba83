// SPDX-License-Identifier: GPL-2.0

//! The C file with copies of functions, what was inlined into them, and declarations of the rest.

use super::Exported;
use crate::{
    kernel::{Kind as SymbolKind, Object},
    proof::{Memory, Proof, Unit},
    source::{masked, rename, words, Copied, Decide, Decision, File, Item, Kind},
    types::Source,
};
use anyhow::Result;
use std::collections::{BTreeSet, HashMap, HashSet};

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

/// Decides by what the compiler made of the file.
struct Decider<'a> {
    copy: &'a Copy<'a>,
    inlined: HashSet<String>,
    /// What something stands for already: a file may say it twice.
    declared: HashSet<String>,
    left: Vec<String>,
}

impl<'a> Decider<'a> {
    fn new(copy: &'a Copy<'a>) -> Self {
        let mut decider = Self {
            copy,
            inlined: HashSet::new(),
            declared: HashSet::new(),
            left: Vec::new(),
        };
        for name in copy.names.keys() {
            decider.has_inlined(name);
        }
        decider
    }

    fn has_inlined(&mut self, function: &str) {
        let inlined = self.copy.types.inlined.get(function);
        self.inlined.extend(inlined.into_iter().flatten().cloned());
    }

    fn function(&mut self, name: &str, item: &Item, file: &File) -> Decision {
        let copy = self.copy;
        if copy.names.contains_key(name) || self.inlined.contains(name) {
            return Decision::Copy;
        }
        match copy.position(name) {
            Some(_) if copy.exported.has(name, copy.object) => Decision::Leave,
            Some(_) if !self.declared.insert(name.to_owned()) => Decision::Leave,
            Some(position) => Decision::Declare(format!(
                "{};\n{}",
                head(file.head(item).unwrap_or_default()),
                symbol(copy.object, name, position)
            )),
            // There is no such function: all calls of it were inlined, or have a variant of it.
            None => {
                self.has_inlined(name);
                Decision::Copy
            }
        }
    }

    fn variable(&mut self, name: &str) -> Decision {
        let copy = self.copy;
        let Some(position) = copy.position(name) else {
            return Decision::Copy;
        };
        if copy.exported.has(name, copy.object) || !self.declared.insert(name.to_owned()) {
            return Decision::Leave;
        }
        let mut all = copy.found.named(name);
        if all.any(|symbol| symbol.kind == SymbolKind::PerCpu) {
            return Decision::Declare(copy.per_cpu(copy.object, name, position, &mut self.left));
        }
        let Some(Some(variable)) = copy.types.variables.get(name) else {
            self.left.push(format!(
                "the type of the variable {name} has no name: declare it"
            ));
            return Decision::Declare(format!("/* {} */", symbol(copy.object, name, position)));
        };
        if copy.object != "vmlinux" && variable.of.contains("static_key") {
            self.left.push(format!(
                "{name} is a static key of a module, which the kernel does not set up in a livepatch: ask static_key_enabled()"
            ));
        }
        Decision::Declare(format!(
            "extern {};\n{}",
            variable.declaration,
            symbol(copy.object, name, position)
        ))
    }
}

impl Decide for Decider<'_> {
    fn decide(&mut self, name: &str, item: &Item, file: &File) -> Decision {
        match item.kind {
            Kind::Function(_) => self.function(name, item, file),
            _ => {
                // A macro's arguments: which of them the variable is, the compiler knows.
                let is_variable = |name: &&String| self.copy.types.variables.contains_key(*name);
                match item.names.iter().find(is_variable).cloned() {
                    Some(variable) => self.variable(&variable),
                    None if file.text(item).contains('(') && item.names.len() > 1 => {
                        Decision::Leave
                    }
                    None => self.variable(name),
                }
            }
        }
    }
}

struct Writer<'a> {
    copy: &'a Copy<'a>,
    file: &'a File,
}

impl Writer<'_> {
    fn write(&self, copied: &Copied, outside: &[String], left: &[String]) -> String {
        let file = self.file;
        let is_include = |item: &Item| item.kind == Kind::Include;
        let last = file.items.iter().rposition(is_include).unwrap_or_default();
        let is_start = |index: usize| {
            let item = &file.items[index];
            let is_c = file.text(item).trim_end().ends_with(".c\"");
            let is_traces = item.names.iter().any(|name| name == "CREATE_TRACE_POINTS");
            index <= last && matches!(item.kind, Kind::Include | Kind::Macro) && !is_c && !is_traces
        };
        let start = (0..file.items.len()).filter(|&index| is_start(index));
        let start = start.map(|index| (index, file.text(&file.items[index]).to_owned()));
        let rest = copied.items.iter().filter(|(index, _)| !is_start(**index));
        let rest = rest.map(|(index, text)| {
            (
                *index,
                self.item(&file.items[*index], text.as_deref(), left),
            )
        });
        let mut outside = outside.join("\n");
        if !outside.is_empty() {
            outside = format!("\n\n/* Of other files. */\n{outside}");
        }
        let undefined = match self.copy.object {
            "vmlinux" => "#undef MODULE /* It is the kernel's own code. */\n\n",
            _ => "",
        };
        format!(
            "{}\n{}\n{undefined}{}\n#include <klp.h>{outside}\n\n{}",
            file.licence()
                .unwrap_or("// SPDX-License-Identifier: GPL-2.0"),
            self.about(left),
            self.below_conditions(start, "\n"),
            self.below_conditions(rest, "\n\n")
        )
    }

    fn about(&self, left: &[String]) -> String {
        let mut names: Vec<_> = self.copy.names.keys().cloned().collect();
        names.sort();
        let mut text = format!(
            "/*\n * {} of {}, as {} has it in {}: does what the original does, until you change it.\n",
            names.join(", "),
            self.copy.object,
            self.copy.release,
            self.copy.source
        );
        if !left.is_empty() {
            text += " *\n * Left to you; take KLP_UNFINISHED away when it is done:\n";
        }
        for what in left {
            text += &format!(" *  - {what}\n");
        }
        text + " */\n"
    }

    fn item(&self, item: &Item, declared: Option<&str>, left: &[String]) -> String {
        let text = match declared {
            Some(text) => return rename(text, &self.copy.names),
            None => self.file.text(item),
        };
        let comment = self.file.comment(item);
        let Kind::Function(body) = item.kind else {
            let is_ours = item.kind == Kind::Declaration
                && item
                    .names
                    .iter()
                    .any(|name| self.copy.names.contains_key(name));
            let text = if is_ours { head(text) } else { text.to_owned() };
            return format!("{comment}{}", rename(&text, &self.copy.names));
        };
        if !item
            .names
            .iter()
            .any(|name| self.copy.names.contains_key(name))
        {
            return format!("{comment}{}", rename(text, &self.copy.names));
        }
        let head = head(self.file.head(item).unwrap_or_default());
        let mut body = text[body - item.range.start..].to_owned();
        if !left.is_empty() {
            body = body.replacen('{', "{\n\tKLP_UNFINISHED();", 1);
        }
        let text = format!("{head};\n\n{comment}{head}\n{body}");
        rename(&text, &self.copy.names)
    }

    /// Items, each below the conditions that it is below in the file.
    fn below_conditions(
        &self,
        items: impl Iterator<Item = (usize, String)>,
        between: &str,
    ) -> String {
        let mut text = String::new();
        let mut open: &[String] = &[];
        for (index, item) in items {
            let conditions = &self.file.items[index].conditions;
            if conditions.as_slice() != open {
                text += &closed(open);
                for line in conditions {
                    text += line;
                    text.push('\n');
                }
                open = conditions;
            }
            text += item.trim_end();
            text += between;
        }
        text.truncate(text.trim_end().len());
        text + "\n" + &closed(open)
    }
}

fn closed(open: &[String]) -> String {
    let is_start = |line: &&String| line[1..].trim_start().starts_with("if");
    "#endif\n".repeat(open.iter().filter(is_start).count())
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

    #[test]
    fn as_many_conditions_are_closed_as_are_open() {
        let open = [
            "#ifdef A".to_owned(),
            "#else".to_owned(),
            "# if B".to_owned(),
        ];
        assert_eq!(closed(&open), "#endif\n#endif\n");
    }
}
