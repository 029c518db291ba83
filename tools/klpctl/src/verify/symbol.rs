// SPDX-License-Identifier: GPL-2.0

//! Whether the unexported symbols that a patch uses are there, are unique, and are what the patch
//! takes them for.

use super::{
    function::ambiguous,
    prototype::{original, Evidence, NO_TYPES},
    Finding, Found, Objects, Status,
};
use crate::{
    elf::{Elf, Place, Reference, Target},
    hint,
    kernel::{self, Kind, Language, Object, Size},
    link::fault_of_section,
    near::in_parentheses,
    patch::{is_original, Patch, Symbol},
    types::{compare, compare_variable, Comparison, Declared, Prototype, Type},
};
use object::{Object as _, ObjectSymbol};
use std::collections::{BTreeSet, HashMap, HashSet};

/// How a patch's code uses the symbols: by their names in the file.
pub struct Uses<'a>(HashMap<&'a str, Vec<Use<'a>>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Use<'a> {
    /// Whether it is called, or jumped to.
    is_called: bool,
    /// What declares it.
    by: By<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By<'a> {
    /// `klp::symbols!`, with this path.
    Rust(&'a str),
    /// `klp.h`.
    C,
    /// `klp.h`, as per-CPU.
    PerCpu,
    /// `klp::livepatch!`, for a replacement that calls the original.
    Original,
    /// What took it out of the kernel's own source.
    Extraction,
}

impl<'a> By<'a> {
    fn of(label: Option<&'a str>) -> Self {
        match label {
            Some(label) if is_original(label) => Self::Original,
            Some(label) if label.contains("::") => Self::Rust(label),
            Some(label) if label.starts_with(".klp.declared.") => Self::C,
            Some(label) if label.starts_with(".klp.per_cpu.") => Self::PerCpu,
            _ => Self::Extraction,
        }
    }
}

impl<'a> Uses<'a> {
    /// Finds the places of the symbols. Those that the macro `symbols!` makes are called by its path, those of
    /// `klp.h` by the symbol.
    pub fn of(elf: &Elf<'a>) -> Self {
        let mut labels = HashMap::new();
        for symbol in elf.file().symbols() {
            let place = symbol.section_index().map(|section| Place {
                section: section.0,
                offset: symbol.address(),
            });
            if let (Some(place), Ok(name)) = (place, symbol.name()) {
                if By::of(Some(name)) != By::Extraction {
                    labels.insert(place, name);
                }
            }
        }
        let mut uses = HashMap::<_, Vec<_>>::new();
        for Reference { place, target, .. } in elf.all_relocations() {
            let Target::Outside(name) = target else {
                continue;
            };
            if !name.starts_with(".klp.sym.") {
                continue;
            }
            let is_called = elf.is_branch(place);
            let start = match is_called {
                true => place.offset.wrapping_sub(1),
                false => place.offset,
            };
            let label = labels.get(&Place {
                offset: start,
                ..place
            });
            uses.entry(name).or_default().push(Use {
                is_called,
                by: By::of(label.copied()),
            });
        }
        Self(uses)
    }

    /// What is declared: in Rust by its path, in C by the symbol.
    pub fn declared(&self) -> HashSet<String> {
        let all = self
            .0
            .iter()
            .flat_map(|(symbol, uses)| uses.iter().map(|used| (*symbol, used.by)));
        let names = all.filter_map(|(symbol, by)| match by {
            By::Rust(path) => Some(path.to_owned()),
            By::C | By::PerCpu => Some(symbol.to_owned()),
            By::Original | By::Extraction => None,
        });
        names.collect()
    }

    fn of_symbol(&self, symbol: &Symbol) -> &[Use<'a>] {
        self.0
            .get(symbol_name(symbol).as_str())
            .map_or(&[], Vec::as_slice)
    }
}

/// What the file calls it.
fn symbol_name(symbol: &Symbol) -> String {
    let Symbol {
        object,
        name,
        sympos,
        ..
    } = symbol;
    format!(".klp.sym.{object}.{name},{sympos}")
}

/// What becomes of a linked module with symbols of several objects that GNU's `strip` has renumbered
/// the symbols of: it leaves some relocations as they were.
pub fn damaged(elf: &Elf<'_>) -> Option<Finding> {
    let is_damaged = |name: Option<&str>| !name.is_some_and(|name| name.starts_with(".klp.sym."));
    let (section, name) = elf
        .named_in(".klp.rela.")
        .find(|(_, name)| is_damaged(*name))?;
    let what = match name {
        Some(name) => format!("for '{name}', which is no symbol of another object's"),
        None => "for a symbol that there is not".to_owned(),
    };
    let message = format!(
        "{section} has a relocation {what}: the kernel refuses the module or resolves something else; \
        'strip' does that to linked modules: strip first, and run 'klpctl link' then"
    );
    Some(Finding::new("symbol", section, Status::Failed, message))
}

/// What is relocated too late, as other tools than 'klpctl link' leave it.
pub fn too_late(elf: &Elf<'_>) -> Vec<Finding> {
    let names = elf.named_in(".klp.rela.").map(|(section, _)| section);
    let sections: BTreeSet<_> = names.collect();
    let faults = sections.into_iter().filter_map(|name| {
        let (object, section) = name.strip_prefix(".klp.rela.")?.split_once('.')?;
        let fault = fault_of_section(object, section)?;
        Some(Finding::new(
            "symbol",
            name,
            Status::Failed,
            fault.to_string(),
        ))
    });
    faults.collect()
}

/// Checks each symbol.
pub fn check(
    patch: &Patch,
    objects: &Objects<'_>,
    uses: &Uses<'_>,
    evidence: &Evidence,
) -> Vec<Finding> {
    let check = |wanted: &Symbol| {
        let (status, message) = judge(wanted, objects, uses.of_symbol(wanted), evidence);
        let subject = format!("{}:{}", wanted.object, wanted.name);
        Finding::new("symbol", subject, status, message)
    };
    patch.symbols.iter().map(check).collect()
}

type Judgement = (Status, String);

fn failed(message: impl Into<String>) -> Judgement {
    (Status::Failed, message.into())
}

fn judge(
    wanted: &Symbol,
    objects: &Objects<'_>,
    uses: &[Use<'_>],
    evidence: &Evidence,
) -> Judgement {
    let object = match objects.get(&wanted.object) {
        Found::Object(object) => object,
        Found::No => {
            return failed(format!(
                "this kernel has no module '{}'{}: the \
                symbol can never be resolved; correct the name",
                wanted.object,
                in_parentheses(hint::module(&wanted.object, objects.kernel))
            ))
        }
        Found::Unknown(error) => return (Status::Unknown, format!("{error:#}")),
    };
    let symbol = match resolve(wanted, object) {
        Ok(symbol) => symbol,
        Err(why) => return failed(why),
    };
    let mut worst = match wanted.sympos {
        0 => (Status::Ok, "resolves".to_owned()),
        position => (Status::Ok, format!("resolves, position {position}")),
    };
    // What is declared says most.
    let (undeclared, declared): (Vec<_>, Vec<_>) =
        uses.iter().partition(|used| used.by == By::Extraction);
    for used in undeclared.into_iter().chain(declared) {
        let found = match is_what_it_is_used_as(symbol, used) {
            Err(why) => failed(why),
            Ok(()) => has_its_type(wanted, symbol, used, object, objects, evidence),
        };
        if found.0 >= worst.0 {
            worst = found;
        }
    }
    worst
}

fn resolve<'o>(wanted: &Symbol, object: &'o Object) -> Result<&'o kernel::Symbol, String> {
    let found: Vec<_> = object.named(&wanted.name).collect();
    match (found.as_slice(), wanted.sympos) {
        ([], _) => Err(format!(
            "'{}' has no symbol of that name{}: the module \
            will not load; look for it in the kernel's source, it may be inlined, or another \
            object's",
            wanted.object,
            in_parentheses(hint::symbol(&wanted.name, object))
        )),
        (many, position) if position > many.len() as u64 || (position == 0 && many.len() > 1) => {
            Err(ambiguous(&wanted.object, many.len(), position))
        }
        _ if !wanted.linked => Err("the module is not linked: the kernel would refuse it or \
            resolve nothing; run 'klpctl link' on it"
            .to_owned()),
        (many, position) => Ok(many[position.max(1) as usize - 1]),
    }
}

/// Whether a symbol is a function if it is called, and data if a variable is declared. What was taken out of the
/// kernel's source may use addresses of all kinds.
fn is_what_it_is_used_as(symbol: &kernel::Symbol, used: &Use<'_>) -> Result<(), String> {
    let is_variable = matches!(used.by, By::Rust(_)) && !used.is_called;
    let is_declared = used.by != By::Extraction;
    let why = match symbol.kind {
        Kind::Init | Kind::InitData => {
            "it is __init or __initdata: it is freed before a livepatch can be loaded, and \
            something else is there; find out what it left behind"
        }
        Kind::Assembly if used.is_called => {
            "it is a label in assembly and no function: call the function that it is in"
        }
        Kind::Function | Kind::Assembly if is_variable => {
            "it is code, and is declared as a variable: declare it as a function"
        }
        Kind::Data | Kind::ReadOnly if used.is_called => {
            "it is data, and is called: declare it as a variable"
        }
        Kind::PerCpu if used.by == By::C => {
            "it is per-CPU: the symbol's address is none of the variables; declare it with KLP_PER_CPU"
        }
        Kind::PerCpu if used.is_called || is_variable => {
            "it is per-CPU: the symbol's address is none of the variables; look for a function of \
            the kernel's that gives out what is needed"
        }
        Kind::Absolute if used.is_called || is_declared => {
            "it is a number and no address: there is nothing there"
        }
        kind if used.by == By::PerCpu && kind != Kind::PerCpu => {
            "it is not per-CPU, and is declared with KLP_PER_CPU: declare it with KLP_SYMBOL"
        }
        _ => return Ok(()),
    };
    Err(why.to_owned())
}

fn has_its_type(
    wanted: &Symbol,
    symbol: &kernel::Symbol,
    used: &Use<'_>,
    object: &Object,
    objects: &Objects<'_>,
    evidence: &Evidence,
) -> Judgement {
    let declared = match used.by {
        By::Original => return (Status::Ok, "resolves, called as the original".to_owned()),
        By::Extraction => return (Status::Ok, "resolves, in C".to_owned()),
        By::Rust(path) => evidence.declared(path),
        By::C | By::PerCpu => evidence.declared(&symbol_name(wanted)),
    };
    let judged = declared.iter().map(|declared| match declared {
        Declared::Function(_) if !symbol.kind.is_code() => {
            failed("it is data, and is declared as a function: declare it as a variable")
        }
        Declared::Function(declared) => function(symbol, declared, object, objects, evidence),
        Declared::Variable(_) if symbol.kind.is_code() => {
            failed("it is code, and is declared as a variable: declare it as a function")
        }
        Declared::Variable(declared) => variable(symbol, declared, object, objects, evidence),
    });
    judged.max_by_key(|(status, _)| *status).unwrap_or_else(|| {
        let message = "it resolves, but what the patch takes it for is not known: that is in the \
                debug information; build with CONFIG_DEBUG_INFO, and verify what is not stripped";
        (Status::Unknown, message.to_owned())
    })
}

fn function(
    symbol: &kernel::Symbol,
    declared: &Prototype,
    object: &Object,
    objects: &Objects<'_>,
    evidence: &Evidence,
) -> Judgement {
    let message = match object.language(symbol) {
        Language::Rust => "it is in Rust, whose calling convention is not C's",
        Language::Unknown | Language::Assembly => {
            "it may be in assembly, of which no type tells what it takes and where"
        }
        Language::C => {
            let original = match original(&symbol.name, object) {
                Ok(Some(original)) => original,
                Ok(None) => {
                    return (
                        Status::Unknown,
                        format!("{NO_TYPES}: compare with the source"),
                    )
                }
                Err(why) => return (Status::Unknown, why),
            };
            let structs = evidence.structs(object, objects);
            return says(
                compare(&original, declared, &structs),
                "is the kernel's prototype",
            );
        }
    };
    (
        Status::Unknown,
        format!("{message}: compare with the source"),
    )
}

fn variable(
    symbol: &kernel::Symbol,
    declared: &Type,
    object: &Object,
    objects: &Objects<'_>,
    evidence: &Evidence,
) -> Judgement {
    let size = declared.size();
    match symbol.size {
        Size::Exact(has) | Size::AtMost(has) if size > has => {
            return failed(format!(
                "it has {has} bytes at most, and is declared with {size}: what is behind it would \
                be read, or written to; declare it as the kernel's source has it"
            ))
        }
        _ => {}
    }
    let types = object.btf.as_ref().ok();
    if let Some(Ok(Some(original))) = types.map(|btf| btf.variable(&symbol.name)) {
        let structs = evidence.structs(object, objects);
        return says(
            compare_variable(&original, declared, &structs),
            "is the kernel's type",
        );
    }
    match symbol.size {
        Size::Exact(has) | Size::AtMost(has) if has == size => {
            (Status::Ok, format!("resolves, has {size} bytes"))
        }
        Size::Exact(has) | Size::AtMost(has) => {
            let message = format!(
                "it is declared with {size} bytes, and may have {has}: the type information (BTF) \
                lacks it; compare with the source"
            );
            (Status::Unknown, message)
        }
        Size::Unknown => {
            let message =
                "the type information (BTF) lacks it, and its size is not known: compare \
                with the source";
            (Status::Unknown, message.to_owned())
        }
    }
}

fn says(comparison: Comparison, same: &str) -> Judgement {
    match comparison {
        Comparison::Same => (Status::Ok, format!("resolves, {same}")),
        Comparison::Differs(what) => {
            failed(format!("{what}: declare it as the kernel's source has it"))
        }
        Comparison::Unknown(what) => (Status::Unknown, format!("{what}: compare with the source")),
    }
}
