// SPDX-License-Identifier: GPL-2.0

//! What is found out of the modules that were built is written into their descriptions.

use super::{callers, targets};
use crate::{bytes, commands::link::replace, elf::Elf, link, patch, tree::Tree};
use anyhow::{Context, Result};
use std::{fs, path::Path};

/// Describes each livepatch among the modules.
pub fn describe(modules: &[String], kdir: &Path, is_stock: bool) -> Result<()> {
    let tree = match is_stock {
        true => Tree::stock(kdir),
        false => Tree::own(kdir),
    };
    for module in modules {
        let path = Path::new(module);
        let data = bytes::read(path)?;
        let elf = Elf::parse(&data).with_context(|| module.clone())?;
        let Ok(patch) = patch::read(&elf) else {
            continue;
        };
        let mut lines = targets::lines(&patch, kdir);
        lines.extend(callers::lines(&patch, tree.as_ref()));
        if lines.is_empty() || patch.source != patch::Source::Description {
            continue;
        }
        let described = link::describe(&data, &lines).with_context(|| module.clone())?;
        let permissions = fs::metadata(path)?.permissions();
        replace(path, &described, permissions)
            .with_context(|| format!("{module} cannot be written"))?;
    }
    Ok(())
}
