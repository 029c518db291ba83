// SPDX-License-Identifier: GPL-2.0

//! Units as they are and as they are to be, compiled so that they can be compared: each function in
//! a section of its own, and in one piece.

use super::{source::Patched, Refusal};
use crate::tree::{Job, Made, Over, Tree};
use anyhow::{bail, Result};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The options for comparing units. A part of a function elsewhere, as gcc makes of what is rare, would call what the kernel
/// does not see on a task's stack; clang makes none without a profile, and does not know the option.
pub fn options(tree: &Tree) -> String {
    let mut options = "-ffunction-sections -fdata-sections".to_owned();
    if !tree.is_on("CC_IS_CLANG") {
        options += " -fno-reorder-blocks-and-partition";
    }
    options
}

/// What a function ends in that does nothing more after another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// A jump, as in the kernel.
    Jump,
    /// A call: the kernel sees on a task's stack where that goes on.
    Call,
}

/// A unit, compiled twice.
pub struct Pair {
    /// The unit, as it was made in the tree.
    pub made: Made,
    /// As it is.
    pub original: PathBuf,
    /// With the fix.
    pub patched: PathBuf,
}

/// Compiles units. What was compiled before is not compiled again.
pub fn compile(
    units: Vec<Made>,
    patched: &Patched,
    tail: Tail,
    tree: &Tree,
    scratch: &Path,
) -> Result<Vec<Pair>> {
    let constants = constants(tree);
    let mut changed = Vec::new();
    for path in &patched.files {
        changed.push((path.clone(), fs::read(patched.file(path))?));
    }
    let originals = jobs(&units, &[], tail, &scratch.join("original"), tree)?;
    let news = jobs(&units, &changed, tail, &scratch.join("patched"), tree)?;
    let mut over = patched.over(tree);
    over.extend(self::constants(tree));
    let (first, second) = std::thread::scope(|threads| {
        let other = threads.spawn(|| Job::run_all(&originals, &constants, tree));
        (Job::run_all(&news, &over, tree), other.join())
    });
    if let Err(failed) = first? {
        return Err(Refusal::DoesNotCompile {
            path: failed.source,
            why: failed.why,
        }
        .into());
    }
    match second {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(failed))) => bail!("{} does not compile: {}", failed.source, failed.why),
        Ok(Err(error)) => return Err(error),
        Err(_) => bail!("the compiler could not be run"),
    }
    let pairs = units.into_iter().zip(originals.into_iter().zip(news));
    let pairs = pairs.map(|(made, (original, new))| Pair {
        made,
        original: original.object,
        patched: new.object,
    });
    Ok(pairs.collect())
}

/// Constants that the kernel writes into its code at boot stay placeholders in a module: the generic
/// header reads the variable.
fn constants(tree: &Tree) -> Vec<Over> {
    let place = tree.source.join("arch/x86/include/asm/runtime-const.h");
    let file = tree.source.join("include/asm-generic/runtime-const.h");
    match place.exists() && file.exists() {
        true => vec![Over { file, place }],
        false => Vec::new(),
    }
}

fn jobs(
    units: &[Made],
    changed: &[(String, Vec<u8>)],
    tail: Tail,
    dir: &Path,
    tree: &Tree,
) -> Result<Vec<Job>> {
    let mut options = options(tree);
    if tail == Tail::Call {
        options += " -fno-optimize-sibling-calls";
    }
    units
        .iter()
        .map(|made| Job::new(made, &options, &changed, dir, tree))
        .collect()
}
