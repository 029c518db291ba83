// SPDX-License-Identifier: GPL-2.0

//! Which callers rely on what is replaced, found out and written into the modules that were built.

use crate::{bytes, commands::link::replace, elf::Elf, link, patch, progress, relies, tree::Tree};
use anyhow::{Context, Result};
use std::{collections::BTreeMap, fs, path::Path};

/// Describes each module, as far as it can be found out.
pub fn describe(modules: &[String], kdir: &Path, is_stock: bool) -> Result<()> {
    let tree = match is_stock {
        true => Tree::stock(kdir),
        false => Tree::own(kdir),
    };
    for module in modules {
        let path = Path::new(module);
        let data = bytes::read(path)?;
        let lines = lines(&data, tree.as_ref()).with_context(|| module.clone())?;
        if lines.is_empty() {
            continue;
        }
        let described = link::describe(&data, &lines).with_context(|| module.clone())?;
        let permissions = fs::metadata(path)?.permissions();
        replace(path, &described, permissions)
            .with_context(|| format!("{module} cannot be written"))?;
    }
    Ok(())
}

/// What is to be added to a module's description. Other modules than livepatches are none of ours.
fn lines(module: &[u8], tree: Result<&Tree, &anyhow::Error>) -> Result<Vec<String>> {
    let elf = Elf::parse(module)?;
    let Ok(patch) = patch::read(&elf) else {
        return Ok(Vec::new());
    };
    let is_described = patch.source == patch::Source::Description;
    let unknown = patch
        .functions()
        .filter(|(_, function)| is_described && function.relying.is_none());
    let unknown: Vec<_> = unknown.collect();
    let tree = match tree {
        Ok(tree) => tree,
        Err(_) if unknown.is_empty() => return Ok(Vec::new()),
        Err(error) => {
            progress::say(&format!(
                "callers that rely on what is replaced: not known: {error:#}"
            ));
            return Ok(Vec::new());
        }
    };
    let mut lines = Vec::new();
    let mut open = BTreeMap::<String, Vec<String>>::new();
    for ((object, function), found) in unknown.iter().zip(relies::find(&unknown, tree)) {
        match found {
            Ok(known) => lines.push(patch::relying_line(object, function, &known.callers)),
            Err(error) => open
                .entry(format!("{error:#}"))
                .or_default()
                .push(format!("{object}:{function}")),
        }
    }
    for (why, functions) in open {
        let others = match functions.len() {
            1 => String::new(),
            count => format!(" and {} others", count - 1),
        };
        progress::say(&format!(
            "callers that rely on {}{others}: not known: {why}",
            functions[0]
        ));
    }
    Ok(lines)
}
