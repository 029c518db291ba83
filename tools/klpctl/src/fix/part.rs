// SPDX-License-Identifier: GPL-2.0

//! What a fix makes of one object, the kernel or a module.

use super::{
    boot,
    compare::{ByCallers, Difference, Object},
    followed,
    object::Replaced,
    prototype::{self, Described},
    threads, Refusal,
};
use crate::{
    elf::Elf,
    kernel::{self, Kernel},
    patch::Function,
    tree::Tree,
    types::{self, Comparison, Inlined, Prototype, Structs, Wanted},
    verify::{judge_function, Status},
};
use anyhow::{Context, Error, Result};
use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::{Path, PathBuf},
};

/// The part for one object.
pub struct Part {
    /// The object's name, as the kernel has it.
    pub object: String,
    /// The units that the fix changes.
    pub units: Vec<String>,
    /// The difference.
    pub difference: Difference,
    /// What the fix changes of what was inlined, and into which functions.
    pub inlined: Inlined,
    /// What the fix changes but cannot be replaced, so that what calls it is.
    pub by_callers: ByCallers,
    /// What is replaced, and only runs at boot.
    pub at_boot: Vec<String>,
    /// What is replaced and kernel threads run.
    pub threads: Vec<String>,
    /// The prototypes of what is replaced, in the same order.
    pub prototypes: Vec<Described>,
}

/// What a fix makes of one object; `None` if nothing of its code changes.
pub fn part(
    object: &Object<'_>,
    start: &str,
    changed: &BTreeSet<String>,
    kernel: &Kernel,
    tree: &Tree,
    scratch: &Path,
) -> Result<Option<Part>> {
    let module;
    let found = match object.name {
        "vmlinux" => kernel.vmlinux(),
        name => {
            module = kernel
                .module(name)?
                .with_context(|| format!("the kernel has no module '{name}'"))?;
            &module
        }
    };
    let mut by_callers = ByCallers::new();
    let difference = loop {
        let compared = object.compare(start, &by_callers, tree, scratch);
        let difference = match compared.map_err(|error| cause(error, &by_callers))? {
            Some(difference) => difference,
            None => return Ok(None),
        };
        let Some((function, why)) = unreplaceable(object, &difference, found) else {
            break difference;
        };
        if by_callers.contains_key(&function) || !object.is_own(&function)? {
            return Err(Refusal::NotReplaceable { function, why }.into());
        }
        by_callers.insert(function, why);
    };
    if let Some((from, to)) = difference.extracted.jumps.first() {
        return Err(Refusal::Jump {
            from: from.clone(),
            to: to.clone(),
        }
        .into());
    }
    let replaced = difference.extracted.replaced.iter();
    let replaced: BTreeSet<_> = replaced.map(|one| one.function.as_str()).collect();
    Ok(Some(Part {
        object: object.name.to_owned(),
        units: object
            .units
            .iter()
            .map(|pair| pair.made.source.clone())
            .collect(),
        prototypes: prototypes(object, &difference, found)?,
        inlined: inlined(object, changed, &replaced)?,
        at_boot: in_originals(object, &replaced, boot::at_boot)?,
        threads: in_originals(object, &replaced, threads::threads)?,
        by_callers,
        difference,
    }))
}

/// The first function that cannot be replaced, and why.
fn unreplaceable(
    object: &Object<'_>,
    difference: &Difference,
    found: &kernel::Object,
) -> Option<(String, String)> {
    difference.extracted.replaced.iter().find_map(|replaced| {
        match judge_function(object.name, &function(replaced), found) {
            (Status::Failed, why) => Some((replaced.function.clone(), why)),
            _ => None,
        }
    })
}

/// A table that has the address of what cannot be replaced cannot be changed either.
fn cause(error: Error, by_callers: &ByCallers) -> Error {
    match (error.downcast_ref(), by_callers.last_key_value()) {
        (Some(Refusal::Data(table)), Some((function, why))) => Refusal::NotReplaceable {
            function: function.clone(),
            why: format!("{why}; and '{table}' has its address"),
        }
        .into(),
        _ => error,
    }
}

fn function(replaced: &Replaced) -> Function {
    Function {
        name: replaced.function.clone(),
        sympos: replaced.position,
        ..Default::default()
    }
}

/// Those that were inlined, if what they were inlined into is replaced.
fn inlined(
    object: &Object<'_>,
    changed: &BTreeSet<String>,
    replaced: &BTreeSet<&str>,
) -> Result<Inlined> {
    let mut inlined = followed::inlined(changed, &object.units)?;
    for into in inlined.values_mut() {
        into.retain(|name| replaced.contains(name.as_str()));
    }
    inlined.retain(|name, into| !into.is_empty() && !replaced.contains(name.as_str()));
    Ok(inlined)
}

/// Those of the original units that are replaced.
fn in_originals(
    object: &Object<'_>,
    replaced: &BTreeSet<&str>,
    of_unit: impl Fn(&[u8]) -> Result<BTreeSet<String>, object::Error>,
) -> Result<Vec<String>> {
    let mut all = BTreeSet::new();
    for pair in &object.units {
        all.extend(of_unit(&fs::read(&pair.original)?)?);
    }
    all.retain(|name| replaced.contains(name.as_str()));
    Ok(all.into_iter().collect())
}

/// The prototypes of what is replaced, compared with the originals.
fn prototypes(
    object: &Object<'_>,
    difference: &Difference,
    found: &kernel::Object,
) -> Result<Vec<Described>> {
    let units = &object.units;
    let before = declared(difference, units.iter().map(|pair| &pair.original))?;
    let after = declared(difference, units.iter().map(|pair| &pair.patched))?;
    let mut prototypes = Vec::new();
    for replaced in &difference.extracted.replaced {
        // Whoever calls it was compiled for it: objtool found the caller the same, or it is replaced.
        if function(replaced).is_named_by_the_compiler() {
            prototypes.push(Described {
                text: Function::UNWRITTEN.to_owned(),
                is_of_source: false,
            });
            continue;
        }
        let prototype = after.get(&replaced.function).with_context(|| {
            format!(
                "the prototype of '{}' is not in its debug information",
                replaced.function
            )
        })?;
        let of_kernel = found
            .btf
            .as_ref()
            .ok()
            .and_then(|btf| btf.function(&replaced.function).ok()?);
        let of_source = before.get(&replaced.function);
        let compared = [of_kernel.as_ref(), of_source]
            .map(|known| known.map(|it| types::compare(it, prototype, &Structs::default())));
        for comparison in compared.iter().flatten() {
            if let Comparison::Differs(what) = comparison {
                return Err(Refusal::Prototype {
                    function: replaced.function.clone(),
                    what: what.clone(),
                }
                .into());
            }
        }
        prototypes.push(Described {
            text: prototype::text(prototype),
            is_of_source: matches!(compared, [None, Some(Comparison::Same)]),
        });
    }
    Ok(prototypes)
}

/// The prototypes of what is replaced, from the debug information of these units.
fn declared<'a>(
    difference: &Difference,
    units: impl Iterator<Item = &'a PathBuf>,
) -> Result<HashMap<String, Prototype>> {
    let replaced = difference.extracted.replaced.iter();
    let wanted = Wanted {
        functions: replaced.map(|replaced| replaced.function.clone()).collect(),
        ..Default::default()
    };
    let mut found = HashMap::new();
    for unit in units {
        let bytes = fs::read(unit)?;
        let elf = Elf::parse(&bytes)?;
        found.extend(types::read_dwarf(&elf, &wanted)?.functions);
    }
    Ok(found)
}
