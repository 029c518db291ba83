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
    types::{self, Btf, Comparison, Prototype},
};
use anyhow::{Context, Result};
use std::collections::{HashMap, HashSet};

/// Checks each function that has a replacement.
pub fn check(elf: &Elf<'_>, patch: &Patch, objects: &Objects<'_>) -> Vec<Finding> {
    let replacements = Replacements::of(elf, patch);
    patch
        .functions()
        .map(|(object, function)| {
            let (status, message) = judge(object, function, objects, &replacements);
            Finding::new("prototype", format!("{object}:{function}"), status, message)
        })
        .collect()
}

fn judge(
    object: &str,
    function: &Function,
    objects: &Objects<'_>,
    replacements: &Replacements,
) -> (Status, String) {
    let Found::Object(found) = objects.get(object) else {
        return (
            Status::Unknown,
            format!("the types of '{object}' are not known"),
        );
    };
    let original = match original(function, found) {
        Ok(Some(original)) => original,
        Ok(None) => {
            return (
                Status::Unknown,
                "the type information (BTF) has no such function, or \
            several that differ: compare with the source"
                    .to_owned(),
            )
        }
        Err(why) => return (Status::Unknown, why),
    };
    let Some((replacement, from)) = replacements.get(function) else {
        return (
            Status::Unknown,
            "neither debug information nor BTF nor a description has the \
            replacement's prototype: build with CONFIG_DEBUG_INFO"
                .to_owned(),
        );
    };
    match types::compare(&original, &replacement) {
        Comparison::Same => (Status::Ok, format!("is the original's, by {from}")),
        Comparison::Differs(what) => (
            Status::Failed,
            format!(
                "{what} (by {from}): its callers \
            would pass or get garbage; declare it as the kernel's source has it"
            ),
        ),
        Comparison::Unknown(what) => (
            Status::Unknown,
            format!(
                "{what} (by {from}): compare with \
            the source"
            ),
        ),
    }
}

fn original(function: &Function, object: &Object) -> Result<Option<Prototype>, String> {
    let btf = object.btf.as_ref().map_err(|error| format!("{error:#}"))?;
    btf.function(&function.name)
        .map_err(|error| format!("{error:#}"))
}

/// Where the prototypes of replacements are.
pub struct Replacements {
    debug_info: HashMap<String, Prototype>,
    btf: Option<Btf>,
}

impl Replacements {
    /// Those of a patch.
    pub fn of(elf: &Elf<'_>, patch: &Patch) -> Self {
        let names = patch
            .functions()
            .filter_map(|(_, function)| function.replacement.as_ref());
        let symbols: HashSet<_> = names
            .flat_map(|replacement| [replacement.name.clone(), body(&replacement.name)])
            .collect();
        Self {
            // Damaged debug information is as good as none.
            debug_info: types::read_dwarf(elf, &symbols).unwrap_or_default(),
            btf: own_types(elf).ok(),
        }
    }

    /// A replacement's prototype, and what says so.
    pub fn get(&self, function: &Function) -> Option<(Prototype, &'static str)> {
        let replacement = function.replacement.as_ref();
        let compiled = replacement.and_then(|replacement| {
            let names = [body(&replacement.name), replacement.name.clone()];
            let debug_info = names
                .iter()
                .find_map(|name| self.debug_info.get(name).cloned());
            let btf = || self.btf.as_ref()?.function(&replacement.name).ok()?;
            debug_info
                .map(|prototype| (prototype, "debug information"))
                .or_else(|| Some((btf()?, "BTF")))
        });
        compiled.or_else(|| {
            Some((
                types::parse_rust(function.prototype.as_deref()?)?,
                "the source's types",
            ))
        })
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
