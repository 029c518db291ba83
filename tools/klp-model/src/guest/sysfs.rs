// SPDX-License-Identifier: GPL-2.0

//! `/sys/kernel/livepatch`

use super::{copies::Copies, verdict_of};
use crate::observation::{Listed, Verdict};
use anyhow::Result;
use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    path::Path,
};

const DIR: &str = "/sys/kernel/livepatch";

/// Writes to a patch's file.
pub fn write(module: &str, file: &str, what: &str) -> Verdict {
    let path = Path::new(DIR).join(module).join(file);
    let file = OpenOptions::new().write(true).open(path);
    verdict_of(file.and_then(|mut file| file.write_all(what.as_bytes())))
}

/// The patches, in the order of their stack. One that goes meanwhile is none.
pub fn patches(copies: &Copies) -> Result<Vec<Listed>> {
    let mut patches = Vec::new();
    for entry in fs::read_dir(DIR)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some((order, listed)) = listed(&entry.path(), copies.translated(&name))? {
            patches.push((order, listed));
        }
    }
    patches.sort_by_key(|(order, _)| *order);
    Ok(patches.into_iter().map(|(_, listed)| listed).collect())
}

fn listed(dir: &Path, name: String) -> Result<Option<(u32, Listed)>> {
    let Some(order) = number(&dir.join("stack_order"))? else {
        return Ok(None);
    };
    let is = |file| Ok::<_, anyhow::Error>(number(&dir.join(file))? == Some(1));
    Ok(Some((
        order,
        Listed {
            name,
            enabled: is("enabled")?,
            transition: is("transition")?,
            replace: is("replace")?,
        },
    )))
}

fn number(file: &Path) -> Result<Option<u32>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text.trim().parse()?)),
        Err(error) if error.kind() == ErrorKind::NotFound || error.raw_os_error() == Some(19) => {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether no patch is in a transition.
pub fn transition_is_over() -> bool {
    let Ok(entries) = fs::read_dir(DIR) else {
        return true;
    };
    entries
        .flatten()
        .all(|entry| !matches!(number(&entry.path().join("transition")), Ok(Some(1))))
}
