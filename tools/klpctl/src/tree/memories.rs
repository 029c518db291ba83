// SPDX-License-Identifier: GPL-2.0

//! The kernel that a tree is of, and its modules, as they lie in memory.

use super::{Made, Owner, Tree};
use crate::{
    bytes,
    kernel::{image_in, module_in, KernelImage},
    proof::{prove, Memory, Proof, Unit},
};
use anyhow::{bail, Context, Result};
use std::{collections::BTreeMap, path::PathBuf};

/// What runs, each part of it read once.
pub struct Memories {
    kdir: PathBuf,
    /// What would make a module that is not there, in a tree of one's own.
    remedy: Option<String>,
    known: BTreeMap<Owner, Memory>,
}

impl Memories {
    /// The kernel that a tree is of.
    pub fn of(tree: &Tree) -> Self {
        Self {
            kdir: tree.kdir.clone(),
            remedy: (!tree.is_stock()).then(|| tree.make_command("modules")),
            known: BTreeMap::new(),
        }
    }

    /// The kernel, or one of its modules.
    pub fn get(&mut self, owner: &Owner) -> Result<&Memory> {
        if !self.known.contains_key(owner) {
            let memory = self.read(owner)?;
            self.known.insert(owner.clone(), memory);
        }
        Ok(&self.known[owner])
    }

    /// Compares a unit with what runs.
    pub fn prove(&mut self, made: &Made) -> Result<Proof> {
        let memory = self.get(&made.compile.owner)?;
        let bytes = bytes::read(&made.object)?;
        let unit = Unit::parse(&bytes).with_context(|| made.object.display().to_string())?;
        Ok(prove(&unit, memory))
    }

    fn read(&self, owner: &Owner) -> Result<Memory> {
        match owner {
            Owner::Kernel => {
                let file = image_in(&self.kdir)?;
                let image = KernelImage::parse(bytes::read(&file)?);
                image
                    .and_then(Memory::of_kernel)
                    .with_context(|| file.display().to_string())
            }
            Owner::Module(name) => {
                let file = module_in(&self.kdir, name)?.with_context(|| self.lacks(name))?;
                Memory::of_module(&bytes::read(&file)?).with_context(|| file.display().to_string())
            }
            Owner::Several => bail!("it is a part of several modules"),
        }
    }

    fn lacks(&self, module: &str) -> String {
        match &self.remedy {
            None => format!("the kernel has no module '{module}'"),
            Some(make) => format!(
                "{}: it has no {module}.ko: run '{make}' there",
                self.kdir.display()
            ),
        }
    }
}
