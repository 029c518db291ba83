// SPDX-License-Identifier: GPL-2.0

//! What the kernel's source, compiled again, tells of the functions that are to be replaced.

use super::Target;
use crate::{bytes, elf::Elf, progress, relies, tree::Tree, types::read_source};
use anyhow::Result;
use std::collections::BTreeSet;

/// More functions than these are not looked into here: each takes some seconds.
const MOST_LOOKED_INTO: usize = 4;

/// What does not see a replacement is best replaced at once; what is not found out here, the build says.
pub fn look_into(targets: &mut [Target], tree: &Tree) {
    if targets.len() > MOST_LOOKED_INTO {
        return;
    }
    let asked: Vec<_> = targets
        .iter()
        .map(|target| (target.object.as_str(), &target.function))
        .collect();
    let found = relies::find(&asked, tree);
    let replaced: BTreeSet<_> = asked
        .iter()
        .map(|(object, function)| format!("{object}:{function}"))
        .collect();
    for (target, found) in targets.iter_mut().zip(found) {
        let Ok(found) = found else { continue };
        target.inlined = inlined(&found.unit, &target.function.name, tree).unwrap_or_default();
        target.relying = found.callers;
        let is_left = |caller: &String| !replaced.contains(&format!("{}:{caller}", target.object));
        target.relying.retain(is_left);
        if !target.relying.is_empty() {
            progress::say(&format!(
                "{}:{}: {}",
                target.object,
                target.function,
                relies::advice(&target.relying)
            ));
        }
    }
}

/// What was inlined into a function, by the debug information of its unit.
fn inlined(unit: &str, function: &str, tree: &Tree) -> Result<Vec<String>> {
    let made = tree.make(&[unit.to_owned()])?.remove(0);
    let made = made.map_err(|why| anyhow::anyhow!(why))?;
    let data = bytes::read(&made.object)?;
    let source = read_source(&Elf::parse(&data)?)?;
    let names = source.inlined.get(function);
    let mut names: Vec<_> = names.into_iter().flatten().cloned().collect();
    names.sort_unstable();
    Ok(names)
}
