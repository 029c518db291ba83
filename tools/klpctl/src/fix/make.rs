// SPDX-License-Identifier: GPL-2.0

//! From patches to the objects of a livepatch.

use super::{
    compare::Object,
    compile::{compile, Pair, Tail},
    exports::Exports,
    followed, headers, layout,
    part::{part, Part},
    source::Patched,
    symbols, unfit, Refusal,
};
use crate::{
    kernel::Kernel,
    progress::step,
    tree::{Made as MadeUnit, Memories, Owner, Tree},
};
use anyhow::{bail, Error, Result};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// What came of a fix.
pub struct Made {
    /// What the kernel and its modules get.
    pub parts: Vec<Part>,
    /// The functions that the fix changes, but not their code in this kernel.
    pub unchanged: Vec<String>,
    /// The namespaces of what the fix uses.
    pub namespaces: BTreeSet<String>,
    /// What its functions end in.
    pub tail: Tail,
}

impl Made {
    /// Whether something may call the livepatch's functions by their addresses, and be there when it is gone.
    pub fn is_pointed_at(&self) -> bool {
        let mut parts = self.parts.iter();
        parts.any(|part| !part.difference.extracted.pointed_at.is_empty())
    }
}

/// What a livepatch is to be made of.
pub struct Request<'a> {
    /// The fix.
    pub patches: &'a [PathBuf],
    /// How many units may be changed through one header.
    pub max_units: usize,
}

/// Makes the objects; `scratch` is for what is temporary.
pub fn make(request: &Request<'_>, tree: &Tree, scratch: &Path) -> Result<Made> {
    let patched = step("apply", || Patched::apply(request.patches, tree, scratch))?;
    let files = step("units", || {
        headers::units(&patched.files, request.max_units, tree)
    })?;
    let units = step("the kernel's objects", || units(&files, tree))?;
    let mut memories = Memories::of(tree);
    step("proof", || {
        units
            .iter()
            .try_for_each(|unit| proven(unit, &mut memories))
    })?;
    let functions = followed::changed(&patched, tree)?;
    let exports = Exports::of(tree)?;
    let mut with = |tail| {
        let compiled = || compile(units.clone(), &patched, tail, tree, scratch);
        let pairs = step("compile", compiled)?;
        let pairs = step("changed units", || changed(pairs, tree, scratch))?;
        pairs.iter().try_for_each(same_functions)?;
        step("layouts", || same_layouts(&pairs, tree, scratch))?;
        step("compare", || {
            parts(pairs, &functions, &exports, &mut memories, tree, scratch)
        })
    };
    let (parts, tail) = match with(Tail::Jump) {
        Err(error) if is_jump(&error) => {
            let parts = with(Tail::Call).map_err(|second| match second.is::<Refusal>() {
                true => error, // which says what is wrong with the fix
                false => second,
            })?;
            (parts, Tail::Call)
        }
        parts => (parts?, Tail::Jump),
    };
    if parts.is_empty() {
        return Err(Refusal::NoChange.into());
    }
    let mut namespaces = BTreeSet::new();
    for part in &parts {
        namespaces.extend(exports.namespaces(&part.difference.extracted.bytes)?);
    }
    Ok(Made {
        unchanged: followed::unchanged(&functions, &parts),
        parts,
        namespaces,
        tail,
    })
}

fn is_jump(error: &Error) -> bool {
    matches!(error.downcast_ref(), Some(Refusal::Jump { .. }))
}

fn parts(
    pairs: Vec<Pair>,
    changed: &BTreeSet<String>,
    exports: &Exports,
    memories: &mut Memories,
    tree: &Tree,
    scratch: &Path,
) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut kernel = None;
    for (owner, pairs) in by_owner(pairs) {
        let object = Object {
            name: owner.name(),
            units: pairs,
            memory: memories.get(&owner)?,
            exports,
        };
        let kernel = match &kernel {
            Some(kernel) => kernel,
            None => kernel.insert(Kernel::in_dir(&tree.kdir)?),
        };
        let start = start(&owner);
        parts.extend(part(&object, &start, changed, kernel, tree, scratch)?);
    }
    Ok(parts)
}

/// What the replacements' names begin with. A module's function may have the name of a kernel's.
fn start(owner: &Owner) -> String {
    match owner {
        Owner::Kernel => "fix_".to_owned(),
        _ => format!("fix_{}_", owner.name()),
    }
}

fn units(files: &[String], tree: &Tree) -> Result<Vec<MadeUnit>> {
    let mut units = Vec::new();
    for (path, made) in files.iter().zip(tree.make(files)?) {
        let made = made.map_err(|why| Refusal::NotBuilt {
            path: path.clone(),
            why,
        })?;
        if made.compile.owner == Owner::Several {
            return Err(Refusal::SeveralModules(path.clone()).into());
        }
        units.push(made);
    }
    Ok(units)
}

/// Those that are not the same without debug information. What is changed through a header must not be what nothing can be
/// replaced in.
fn changed(pairs: Vec<Pair>, tree: &Tree, scratch: &Path) -> Result<Vec<Pair>> {
    let mut script = format!(
        "cd '{}'\nbare() {{ objcopy --strip-debug \"$1\" \"$2\"; }}\n",
        scratch.display()
    );
    for (number, pair) in pairs.iter().enumerate() {
        script += &format!(
            "bare '{}' bare.1; bare '{}' bare.2; cmp -s bare.1 bare.2 || echo {number}\n",
            pair.original.display(),
            pair.patched.display()
        );
    }
    let says = tree.run(&script, &[], &[scratch])?;
    let changed: BTreeSet<usize> = says.lines().filter_map(|line| line.parse().ok()).collect();
    let pairs = pairs.into_iter().enumerate();
    let pairs: Vec<_> = pairs
        .filter(|(number, _)| changed.contains(number))
        .map(|(_, pair)| pair)
        .collect();
    for pair in &pairs {
        if let Some(why) = unfit(&pair.made.source) {
            let path = pair.made.source.clone();
            return Err(Refusal::File { path, why }.into());
        }
    }
    Ok(pairs)
}

fn proven(made: &MadeUnit, memories: &mut Memories) -> Result<()> {
    let proof = memories.prove(made)?;
    let path = made.source.clone();
    if proof.is_of_nothing_that_runs() {
        let why = format!("nothing of it is in {}", made.compile.owner.name());
        return Err(Refusal::NotBuilt { path, why }.into());
    }
    let mut functions = proof.functions.iter();
    let fault = functions.find_map(|one| Some(format!("{}: {}", one.name, one.verdict.fault()?)));
    match fault {
        None => Ok(()),
        Some(what) => Err(Refusal::NotProven { path, what }.into()),
    }
}

/// The options for comparing must not make other functions than the kernel has.
fn same_functions(pair: &Pair) -> Result<()> {
    let functions = |object: &Path| -> Result<_> {
        let mut all = symbols::functions(&fs::read(object)?)?;
        // Of modules of one unit, objtool has named what stands before each function.
        all.retain(|name| !name.ends_with(".cold") && !name.starts_with("__pfx_"));
        Ok(all)
    };
    let (stock, compared) = (functions(&pair.made.object)?, functions(&pair.original)?);
    match stock.symmetric_difference(&compared).next() {
        None => Ok(()),
        Some(name) => Err(Refusal::OtherFunctions {
            path: pair.made.source.clone(),
            what: name.clone(),
        }
        .into()),
    }
}

/// Structs by the debug information of both, as `pahole` tells it.
fn same_layouts(pairs: &[Pair], tree: &Tree, scratch: &Path) -> Result<()> {
    for pair in pairs {
        if pair.original == pair.patched {
            continue;
        }
        let script = format!(
            "print() {{ pahole -F dwarf --quiet --suppress_aligned_attribute --suppress_packed --suppress_force_paddings \"$1\"; }}
            cd '{}'; print '{}' >layouts.1 2>/dev/null & print '{}' >layouts.2 2>/dev/null; wait $!",
            scratch.display(),
            pair.original.display(),
            pair.patched.display()
        );
        tree.run(&script, &[], &[scratch])?;
        let read = |name: &str| fs::read_to_string(scratch.join(name));
        let (before, after) = (read("layouts.1")?, read("layouts.2")?);
        if before.is_empty() || after.is_empty() {
            bail!(
                "{}: pahole finds no types in it: the kernel has no debug information (CONFIG_DEBUG_INFO)",
                pair.made.source
            );
        }
        if let Some(changed) = layout::changed(&before, &after).first() {
            return Err(Refusal::layout(&pair.made.source, changed).into());
        }
    }
    Ok(())
}

fn by_owner(pairs: Vec<Pair>) -> BTreeMap<Owner, Vec<Pair>> {
    let mut owners = BTreeMap::<_, Vec<_>>::new();
    for pair in pairs {
        let owner = pair.made.compile.owner.clone();
        owners.entry(owner).or_default().push(pair);
    }
    owners
}
