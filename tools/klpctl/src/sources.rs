// SPDX-License-Identifier: GPL-2.0

//! Where functions that a kernel has are in its source: the units whose code is what runs.

use crate::{
    bytes,
    callers::directories,
    kernel::Kernel,
    patch::Function,
    proof::{prove, Unit},
    tree::{Definitions, Made, Memories, Tree},
};
use anyhow::{bail, Context, Result};
use std::collections::BTreeSet;

/// The source of functions of some names.
pub struct Sources<'a> {
    kernel: &'a Kernel,
    tree: &'a Tree,
    definitions: Definitions,
}

impl<'a> Sources<'a> {
    /// Searches the whole source, which takes some seconds.
    pub fn of(names: BTreeSet<&str>, kernel: &'a Kernel, tree: &'a Tree) -> Result<Self> {
        Ok(Self {
            kernel,
            tree,
            definitions: Definitions::find(&tree.source, &names)?,
        })
    }

    /// The unit that has a function. A module's is most likely where the module's file is.
    pub fn find(&self, object: &str, function: &Function, memories: &mut Memories) -> Result<Made> {
        let mut why = Vec::new();
        for source in self.units(object, &function.name) {
            match self.has(&source, object, function, memories) {
                Ok(made) => return Ok(made),
                Err(error) => why.push(format!("{source}: {error:#}")),
            }
        }
        let why = match why.is_empty() {
            true => "no C file defines it by that name, it may be made by a macro".to_owned(),
            false => why.join("; "),
        };
        bail!("{object}:{function}: where it is in the kernel's source is not found: {why}")
    }

    fn units(&self, object: &str, name: &str) -> Vec<String> {
        let dirs = directories(object, self.kernel);
        let is_elsewhere = |file: &String| !dirs.iter().any(|dir| file.starts_with(dir));
        let defined = self.definitions.of(name).defined;
        let mut files: Vec<_> = defined
            .into_iter()
            .filter(|file| file.ends_with(".c"))
            .collect();
        files.sort_by_key(is_elsewhere);
        files
            .iter()
            .flat_map(|file| self.definitions.units(file))
            .map(str::to_owned)
            .collect()
    }

    fn has(
        &self,
        source: &str,
        object: &str,
        function: &Function,
        memories: &mut Memories,
    ) -> Result<Made> {
        let made = self.tree.make(&[source.to_owned()])?.remove(0);
        let made = made.map_err(|why| anyhow::anyhow!("it is not compiled alone: {why}"))?;
        let owner = made.compile.owner.name();
        if owner != object {
            bail!("it is a part of {owner}");
        }
        let data = bytes::read(&made.object)?;
        let unit = Unit::parse(&data)?;
        let name = &function.name;
        let symbol = unit.symbols.iter().find(|symbol| symbol.name == *name);
        let symbol = symbol.with_context(|| format!("it has no '{name}' of its own"))?;
        let memory = memories.get(&made.compile.owner)?;
        let position = prove(&unit, memory).position(symbol, memory);
        if position.is_some_and(|position| position.max(1) != function.position()) {
            bail!("its '{name}' is another one of that name");
        }
        Ok(made)
    }
}
