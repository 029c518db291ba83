// SPDX-License-Identifier: GPL-2.0

//! The units that a fix changes through headers.

use super::Refusal;
use crate::tree::{Includes, Tree};
use anyhow::Result;
use std::collections::BTreeSet;

/// Above so many times the limit it is not looked at which of them are built.
const FAR_ABOVE: usize = 32;

/// The C files of a fix, and those that its headers change.
pub fn units(files: &[String], limit: usize, tree: &Tree) -> Result<Vec<String>> {
    let (mut units, headers): (Vec<_>, Vec<_>) =
        files.iter().cloned().partition(|file| file.ends_with(".c"));
    if headers.is_empty() {
        return Ok(units);
    }
    let includes = Includes::find(&tree.source)?;
    let mut all = BTreeSet::new();
    for header in &headers {
        all.extend(built(header, &includes, limit, tree)?);
    }
    all.retain(|unit| !units.contains(unit));
    units.extend(all);
    Ok(units)
}

fn built(header: &str, includes: &Includes, limit: usize, tree: &Tree) -> Result<Vec<String>> {
    let refuse_above = |limit: usize, count: usize, what: &'static str| match count > limit {
        true => Err(Refusal::TooManyUnits {
            path: header.to_owned(),
            count,
            what,
            limit,
        }),
        false => Ok(()),
    };
    let units = includes.units(header);
    refuse_above(limit.saturating_mul(FAR_ABOVE), units.len(), "C files")?;
    let targets = tree.targets(&units.iter().collect::<Vec<_>>())?;
    refuse_above(limit, targets.len(), "units that are built here")?;
    Ok(targets.into_keys().collect())
}
