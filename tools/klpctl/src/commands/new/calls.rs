// SPDX-License-Identifier: GPL-2.0

//! What the originals call, declared for the replacements: `klp::symbols!` for what neither is in the kernel's bindings nor
//! exported, and a word on the rest.

use super::{exported::Exported, types, Target};
use crate::{
    bytes,
    callees::{Code, Names},
    kernel::{Kernel, KernelImage, Language, Object},
    proof::Memory,
    show::wrapped,
    types::{Bindings, Signature},
};
use anyhow::{anyhow, Context, Result};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    path::Path,
};

/// What some functions call.
#[derive(Default)]
pub struct Calls {
    /// Declared, by the object that has them.
    declared: BTreeMap<String, Vec<Declared>>,
    /// What each function calls, in the order of the targets.
    of_targets: Vec<Called>,
}

/// What one function calls.
#[derive(Default)]
struct Called {
    declared: Vec<String>,
    of_bindings: Vec<String>,
    /// What has no prototype in Rust.
    left: Vec<String>,
}

struct Declared {
    /// What it is called here.
    name: String,
    symbol: String,
    position: u64,
    signature: Signature,
    /// Whether the kernel's header is not to be compared with it, which has types that BTF lacks.
    is_unlike_header: bool,
}

/// What is known of the kernel.
struct Known<'a> {
    kernel: &'a Kernel,
    bindings: &'a Bindings,
    exported: Exported,
}

impl Calls {
    /// Reads the functions' code. Without the kernel's image, and of modules that are nowhere, nothing is known.
    pub fn of(
        targets: &[Target],
        kernel: &Kernel,
        tree: Option<&Path>,
        bindings: &Bindings,
    ) -> Result<Self> {
        let known = Known {
            kernel,
            bindings,
            exported: tree.map_or_else(Exported::default, |tree| {
                Exported::of(tree).unwrap_or_default()
            }),
        };
        let mut calls = Self {
            of_targets: targets.iter().map(|_| Called::default()).collect(),
            ..Self::default()
        };
        let objects: BTreeSet<_> = targets.iter().map(|target| &target.object).collect();
        let mut taken = BTreeSet::new();
        for object in objects {
            let Some(memory) = memory(object, kernel)? else {
                continue;
            };
            let module = match object.as_str() {
                "vmlinux" => None,
                name => kernel.module(name)?,
            };
            let code = Code::of(&memory);
            for (at, target) in targets.iter().enumerate() {
                if target.object != *object {
                    continue;
                }
                let function = &target.function;
                for names in code.called_by(&function.name, function.sympos) {
                    let own = module.as_ref().map(|module| (object.as_str(), module));
                    let callee = known.callee(&names, own, object);
                    calls.add(at, callee, &mut taken);
                }
            }
        }
        Ok(calls)
    }

    fn add(&mut self, target: usize, callee: Callee, taken: &mut BTreeSet<String>) {
        let called = &mut self.of_targets[target];
        match callee {
            Callee::None => {}
            Callee::Left(name) => called.left.push(name),
            Callee::OfBindings(name) => called.of_bindings.push(name),
            Callee::Symbol(object, mut declared) => {
                let all = self.declared.entry(object.clone()).or_default();
                let mut known = all.iter();
                let same = |one: &&Declared| {
                    one.symbol == declared.symbol && one.position == declared.position
                };
                if let Some(known) = known.find(same) {
                    called.declared.push(known.name.clone());
                    return;
                }
                while !taken.insert(declared.name.clone()) {
                    declared.name = format!("{}_{object}", declared.name);
                }
                called.declared.push(declared.name.clone());
                all.push(declared);
            }
        }
    }

    /// The structs that the prototypes need, by their objects.
    pub fn structs(&self) -> impl Iterator<Item = (&String, &BTreeSet<String>)> {
        let declared = self.declared.iter();
        declared
            .flat_map(|(object, all)| all.iter().map(move |one| (object, &one.signature.structs)))
    }

    /// The names that are declared.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let all = self.declared.values().flatten();
        all.map(|declared| declared.name.as_str())
    }

    /// `klp::symbols!`, if there is anything in it.
    pub fn symbols(&self) -> String {
        let mut text = String::new();
        for (object, all) in &self.declared {
            let object = match object.as_str() {
                "vmlinux" => object.clone(),
                module => format!("{module:?}"),
            };
            let _ = writeln!(text, "    {object} => {{");
            all.iter().for_each(|declared| text += &declared.text());
            text += "    },\n";
        }
        match text.is_empty() {
            true => text,
            false => format!(
                "// What the originals call. What is not used here is no part of the patch.\nklp::symbols! {{\n{text}}}\n\n"
            ),
        }
    }

    /// What is to be known of a target's original, for the beginning of its replacement.
    pub fn comment(&self, number: usize, target: &Target) -> String {
        const WIDTH: usize = 90;
        let called = &self.of_targets[number];
        let lines = [
            ("The original calls", &called.declared),
            ("Of kernel::bindings, it calls", &called.of_bindings),
            ("It also calls, without a prototype in Rust,", &called.left),
            ("Inlined into it were", &target.inlined),
        ];
        let mut text = String::new();
        for (what, names) in lines {
            if names.is_empty() {
                continue;
            }
            let sentence = format!("{what} {}.", names.join(", "));
            for line in wrapped(&sentence, WIDTH) {
                let _ = writeln!(text, "    // {line}");
            }
        }
        text
    }
}

impl Declared {
    fn text(&self) -> String {
        let mut text = String::new();
        if self.name != self.symbol || self.is_unlike_header {
            let _ = writeln!(text, "        #[link_name = {:?}]", self.symbol);
        }
        if self.position != 0 {
            let _ = writeln!(text, "        #[sympos({})]", self.position);
        }
        let arguments = self.signature.arguments.iter();
        let arguments: Vec<_> = arguments
            .map(|(name, of)| format!("{name}: {of}"))
            .collect();
        let result = self.signature.result.as_ref();
        let result = result.map_or(String::new(), |of| format!(" -> {of}"));
        let _ = writeln!(
            text,
            "        fn {}({}){result};",
            self.name,
            arguments.join(", ")
        );
        text
    }
}

/// A function that is called.
enum Callee {
    /// What the compiler calls, and nobody writes.
    None,
    Left(String),
    OfBindings(String),
    Symbol(String, Declared),
}

impl Known<'_> {
    /// `own` is the module that the caller is in, if it is in one; `from` is the caller's object.
    fn callee(&self, names: &Names, own: Option<(&str, &Object)>, from: &str) -> Callee {
        if let Some(name) = names.iter().find_map(|(name, _)| self.usable(name, own)) {
            return Callee::OfBindings(name.to_owned());
        }
        let vmlinux = ("vmlinux", self.kernel.vmlinux());
        let objects = own.into_iter().chain([vmlinux]);
        let mut found = objects.flat_map(|(object, of)| {
            let named = names.iter();
            named.filter_map(move |(name, position)| {
                let place = place(of, name, (object == from).then_some(*position))?;
                Some((object, of, name, place))
            })
        });
        match (found.next(), names.first()) {
            (Some((object, of, name, position)), _) => self.declared(object, of, name, position),
            (None, Some((name, _))) if !name.starts_with("__") => Callee::Left(name.clone()),
            // The compiler's.
            (None, _) => Callee::None,
        }
    }

    /// What the kernel's bindings have and any code may call. What begins with `__` may be the compiler's alone.
    fn usable<'n>(&self, name: &'n str, own: Option<(&str, &Object)>) -> Option<&'n str> {
        let vmlinux = self.kernel.vmlinux();
        let is_own = own.is_some_and(|(_, module)| module.named(name).next().is_some());
        let object = own.map_or("vmlinux", |(object, _)| object);
        let is_one = vmlinux.named(name).count() <= 1;
        let is_written = !name.starts_with("__") || place(vmlinux, name, None).is_some();
        let is_usable = !is_own && is_one && is_written;
        (is_usable && self.bindings.has_function(name) && self.exported.has(name, object))
            .then_some(name)
    }

    fn declared(&self, object: &str, of: &Object, name: &str, position: u64) -> Callee {
        let types = types::module(object);
        let btf = of.btf.as_ref().map_err(|error| anyhow!("{error:#}"));
        let signature =
            btf.and_then(|btf| btf.signature(name, self.bindings, Some(types.as_str())));
        match signature {
            Ok(signature) if is_name(name) => Callee::Symbol(
                object.to_owned(),
                Declared {
                    name: named(name),
                    symbol: name.to_owned(),
                    position,
                    is_unlike_header: !signature.is_exact && self.bindings.has_function(name),
                    signature,
                },
            ),
            _ => Callee::Left(name.to_owned()),
        }
    }
}

/// The position of a C function by which the kernel finds it; 0 where there is one of the name. That of one that is not
/// alone is known in its own object.
fn place(of: &Object, name: &str, known: Option<u64>) -> Option<u64> {
    let all: Vec<_> = of.named(name).collect();
    let place = match all.len() {
        0 => return None,
        1 => 0,
        _ => known?,
    };
    let symbol = all.get(usize::try_from(place.max(1) - 1).ok()?)?;
    (of.language(symbol) == Language::C).then_some(place)
}

fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// C's name, where it is one in Rust too and nothing else here.
fn named(name: &str) -> String {
    match name {
        "bindings" | "ffi" | "kernel" | "klp" => format!("{name}_"),
        name => crate::types::identifier(name),
    }
}

/// An object's code.
fn memory(object: &str, kernel: &Kernel) -> Result<Option<Memory>> {
    if object != "vmlinux" {
        let Some(file) = kernel.module_files(object).first() else {
            return Ok(None);
        };
        let memory = Memory::of_module(&bytes::read(file)?);
        return Ok(Some(memory.with_context(|| file.display().to_string())?));
    }
    let Some(image) = kernel.image() else {
        return Ok(None);
    };
    let parsed = KernelImage::parse(bytes::read(image)?).and_then(Memory::of_kernel);
    Ok(Some(parsed.with_context(|| image.display().to_string())?))
}
