// SPDX-License-Identifier: GPL-2.0

//! Modules that the kernel keeps for ever, since tasks were forced out of them, are followed by copies with another name.

use crate::catalogue::{Patch, MODULE, PATCHES, TABLES};
use anyhow::{Context, Result};
use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

/// Which copy of each patch is the one to load.
pub struct Copies {
    dir: PathBuf,
    numbers: BTreeMap<&'static str, u32>,
    given_up: BTreeSet<String>,
}

impl Copies {
    /// Of modules in a directory.
    pub fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            numbers: BTreeMap::new(),
            given_up: BTreeSet::new(),
        }
    }

    /// The name of the patch's module.
    pub fn module(&self, patch: &Patch) -> String {
        let number = self.numbers.get(patch.name).copied().unwrap_or(0);
        format!("{MODULE}{}_{number:03}", patch.name)
    }

    /// The patch's file, which is made if there is none.
    pub fn file(&self, patch: &Patch) -> Result<PathBuf> {
        let original = patch.module();
        let module = self.module(patch);
        let built = self.dir.join(format!("{original}.ko"));
        if module == original {
            return Ok(built);
        }
        let copy = env::temp_dir().join(format!("{module}.ko"));
        if !copy.exists() {
            let image = fs::read(&built).with_context(|| built.display().to_string())?;
            fs::write(
                &copy,
                renamed(&image, original.as_bytes(), module.as_bytes()),
            )?;
        }
        Ok(copy)
    }

    /// The patch's module cannot be removed.
    pub fn give_up(&mut self, patch: &'static Patch) {
        let module = self.module(patch);
        self.given_up.insert(module);
        *self.numbers.entry(patch.name).or_default() += 1;
    }

    /// The modules of patches that are loaded, but for those that were given up, each with its references.
    pub fn loaded(&self) -> Result<Vec<(String, u32)>> {
        let mut loaded = Vec::new();
        for line in fs::read_to_string("/proc/modules")?.lines() {
            let mut words = line.split(' ');
            let (Some(module), Some(references)) = (words.next(), words.nth(1)) else {
                continue;
            };
            if PATCHES.iter().any(|patch| self.module(patch) == module) {
                loaded.push((self.translated(module), references.parse()?));
            }
        }
        loaded.sort();
        Ok(loaded)
    }

    /// A line that begins with a module's name, with that of the patch in its place.
    pub fn translated(&self, line: &str) -> String {
        let patch = PATCHES.iter().find_map(|patch| {
            let rest = line.strip_prefix(&self.module(patch))?;
            let rest = rest.strip_prefix(TABLES).unwrap_or(rest);
            Some(format!("{}{rest}", patch.name))
        });
        patch.unwrap_or_else(|| line.to_owned())
    }
}

/// The file of a module with another name of the same length, wherever it stands.
fn renamed(image: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut image = image.to_owned();
    let mut at = 0;
    while let Some(found) = image[at..]
        .windows(from.len())
        .position(|window| window == from)
    {
        at += found;
        image[at..at + to.len()].copy_from_slice(to);
        at += to.len();
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_another_wherever_it_stands() {
        assert_eq!(
            renamed(b"r1_000 r1_00 name=r1_000\0", b"r1_000", b"r1_001"),
            b"r1_001 r1_00 name=r1_001\0"
        );
    }
}
