// SPDX-License-Identifier: GPL-2.0

//! Whether each replacement takes and returns what the original does.
//!
//! What was compiled is in the module's debug information, or in its BTF if it is in C. A stripped
//! Rust module has only what its source calls the types.

use super::{Finding, Found, Objects, Status};
use crate::{
    elf::Elf,
    kernel::Object,
    patch::{Function, Patch},
    types::{self, Btf, Comparison, Compiled, Declared, Prototype, Structs, Wanted},
};
use anyhow::{Context, Result};
use std::collections::HashSet;

/// Where a stripped Rust module has its types from.
const SOURCE: &str = "the source's types";
pub(super) const NO_TYPES: &str =
    "the type information (BTF) has no such function, or several that differ";

/// Checks each function that has a replacement.
pub fn check(patch: &Patch, objects: &Objects<'_>, evidence: &Evidence) -> Vec<Finding> {
    patch
        .functions()
        .map(|(object, function)| {
            let (status, message) = judge(object, function, objects, evidence);
            Finding::new("prototype", format!("{object}:{function}"), status, message)
        })
        .collect()
}

fn judge(
    object: &str,
    function: &Function,
    objects: &Objects<'_>,
    evidence: &Evidence,
) -> (Status, String) {
    let Found::Object(found) = objects.get(object) else {
        return (
            Status::Unknown,
            format!("the types of '{object}' are not known"),
        );
    };
    if function.is_made_by_the_compiler() {
        return (
            Status::Ok,
            "the compiler made it, and 'klpctl patch' found its callers the same or replaces them"
                .to_owned(),
        );
    }
    let original = match original(&function.name, found) {
        Ok(Some(original)) => original,
        Ok(None) if function.is_of_source => {
            let says = "is the original's, 'klpctl patch' found in the source";
            return (Status::Ok, format!("{says}; {NO_TYPES}"));
        }
        Ok(None) => {
            return (
                Status::Unknown,
                format!("{NO_TYPES}: compare with the source"),
            )
        }
        Err(why) => return (Status::Unknown, why),
    };
    let Some((replacement, from)) = evidence.prototype(function) else {
        return (
            Status::Unknown,
            "neither debug information nor BTF nor a description has the \
            replacement's prototype: build with CONFIG_DEBUG_INFO"
                .to_owned(),
        );
    };
    let structs = evidence.structs(found, objects);
    match types::compare(&original, &replacement, &structs) {
        Comparison::Same => (Status::Ok, format!("is the original's, by {from}")),
        Comparison::Differs(what) => (
            Status::Failed,
            format!(
                "{what} (by {from}): its callers \
            would pass or get garbage; declare it as the kernel's source has it"
            ),
        ),
        Comparison::Unknown(what) => {
            let advice = match from == SOURCE {
                true => "debug information tells more: verify what is not stripped",
                false => "compare with the source",
            };
            (Status::Unknown, format!("{what} (by {from}): {advice}"))
        }
    }
}

/// The prototype of a function of the kernel's; none if its type information has none, or why that is not known.
pub(super) fn original(function: &str, object: &Object) -> Result<Option<Prototype>, String> {
    let btf = object.btf.as_ref().map_err(|error| format!("{error:#}"))?;
    btf.function(function).map_err(|error| format!("{error:#}"))
}

/// What is known of the types that a patch has.
pub struct Evidence {
    debug_info: Compiled,
    btf: Option<Btf>,
}

impl Evidence {
    /// Reads it from a patch that declares `symbols`.
    pub fn of(elf: &Elf<'_>, patch: &Patch, symbols: HashSet<String>) -> Self {
        let names = patch
            .functions()
            .filter_map(|(_, function)| function.replacement.as_ref());
        let wanted = Wanted {
            functions: names
                .flat_map(|replacement| [replacement.name.clone(), body(&replacement.name)])
                .collect(),
            declared: symbols,
        };
        Self {
            // Damaged debug information is as good as none.
            debug_info: types::read_dwarf(elf, &wanted).unwrap_or_default(),
            btf: own_types(elf).ok(),
        }
    }

    /// The structs of the patch's own, beside those of an object of the kernel's.
    pub(super) fn structs<'a>(
        &'a self,
        object: &'a Object,
        objects: &'a Objects<'_>,
    ) -> Structs<'a> {
        let of_kernel = [object, objects.kernel.vmlinux()].into_iter();
        let known = of_kernel.filter_map(|object| object.btf.as_ref().ok());
        Structs::new(&self.debug_info.layouts, known.collect())
    }

    /// What the patch declares of a symbol, by the path or the symbol.
    pub fn declared(&self, name: &str) -> &[Declared] {
        let found = self.debug_info.declared.get(name);
        found.map_or(&[], Vec::as_slice)
    }

    /// A replacement's prototype, and what says so.
    pub fn prototype(&self, function: &Function) -> Option<(Prototype, &'static str)> {
        let replacement = function.replacement.as_ref();
        let compiled = replacement.and_then(|replacement| {
            let names = [body(&replacement.name), replacement.name.clone()];
            let debug_info = names
                .iter()
                .find_map(|name| self.debug_info.functions.get(name).cloned());
            let btf = || self.btf.as_ref()?.function(&replacement.name).ok()?;
            debug_info
                .map(|prototype| (prototype, "debug information"))
                .or_else(|| Some((btf()?, "BTF")))
        });
        compiled.or_else(|| Some((types::parse_rust(function.prototype.as_deref()?)?, SOURCE)))
    }
}

/// What the trampoline of a Rust replacement calls.
fn body(symbol: &str) -> String {
    format!("{symbol}.body")
}

fn own_types(elf: &Elf<'_>) -> Result<Btf> {
    let section = |name: &str| elf.section(name).map(|section| elf.bytes(section));
    let base = Btf::parse(section(".BTF.base").context("no types to stand on")?)?;
    Btf::parse_split(section(".BTF").context("no types")?, &base)
}
