// SPDX-License-Identifier: GPL-2.0

//! A kernel tree, of which single translation units are compiled as the kernel's were.
//! Its source is never written to: what is changed is mounted over it, for the compiler alone.

mod command;
mod definitions;
mod includes;
mod job;
mod lists;
mod memories;
mod own;
mod run;
mod text;
mod units;

pub use command::{Compile, Owner};
pub use definitions::{Definitions, Places};
pub use includes::Includes;
pub use job::Job;
pub use memories::Memories;
pub use run::{has_program, last_words, Over, Ran};
pub use units::{object_of, Made};

use crate::checkout;
use anyhow::{ensure, Context, Result};
use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

/// A tree.
pub struct Tree {
    /// What modules are built against.
    pub kdir: PathBuf,
    /// The source of the kernel.
    pub source: PathBuf,
    whose: Whose,
    /// Where what was compiled before is kept.
    cache: PathBuf,
}

/// Who has built a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// This project's scripts prepared it, for a stock kernel.
    Stock,
    /// The user has built the kernel in it.
    Own,
}

impl Tree {
    /// A stock kernel's tree, in which the builder's compilers are used.
    pub fn stock(kdir: &Path) -> Result<Self> {
        let kdir = existing(kdir)?;
        let cache = kdir.parent().unwrap_or(&kdir).join("units");
        Self::at(kdir, Whose::Stock, cache)
    }

    /// A tree of one's own, in which this machine's compilers are used.
    pub fn own(kdir: &Path) -> Result<Self> {
        let kdir = existing(kdir)?;
        let cache = own::cache(&kdir)?;
        Self::at(kdir, Whose::Own, cache)
    }

    fn at(kdir: PathBuf, whose: Whose, cache: PathBuf) -> Result<Self> {
        let source = kdir.join("source");
        let source = source.canonicalize().unwrap_or_else(|_| kdir.clone());
        ensure!(
            source.join("kernel/livepatch").is_dir(),
            "{}: the source of the kernel is not there, which its units are compiled from",
            source.display()
        );
        Ok(Self {
            kdir,
            source,
            whose,
            cache,
        })
    }

    /// The tree of a kernel: in its own directory, or prepared; if one of them is there.
    pub fn of(dir: Option<&Path>, release: &str) -> Option<Self> {
        let prepared = checkout::cache()?.join("kernel").join(release);
        let prepared = prepared.canonicalize().ok();
        let own = dir.and_then(|dir| dir.canonicalize().ok());
        match (prepared, own) {
            (Some(prepared), Some(own)) if own.starts_with(&prepared) => {
                Self::in_dir(&prepared.join("build")).ok()
            }
            (_, Some(own)) => Self::own(&own).ok(),
            (Some(prepared), None) => Self::in_dir(&prepared.join("build")).ok(),
            (None, None) => None,
        }
    }

    /// The tree in a directory, whoever has built it.
    pub fn in_dir(kdir: &Path) -> Result<Self> {
        match is_prepared(kdir) {
            true => Self::stock(kdir),
            false => Self::own(kdir),
        }
    }

    /// Whether it is that of a stock kernel.
    pub fn is_stock(&self) -> bool {
        self.whose == Whose::Stock
    }

    /// Whether the configuration has an option on.
    pub fn is_on(&self, option: &str) -> bool {
        self.setting(option).is_some_and(|value| value == "y")
    }

    /// The value of an option of the configuration.
    pub fn setting(&self, option: &str) -> Option<String> {
        let config = fs::read_to_string(self.kdir.join("include/config/auto.conf")).ok()?;
        let mut settings = config.lines().filter_map(|line| line.split_once('='));
        let (_, value) = settings.find(|(name, _)| name.strip_prefix("CONFIG_") == Some(option))?;
        Some(value.trim_matches('"').to_owned())
    }

    /// The kernel's release.
    pub fn release(&self) -> Result<String> {
        let file = self.kdir.join("include/config/kernel.release");
        let text =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(text.trim().to_owned())
    }

    /// The directories and macros that a unit was compiled with beyond those that each is, as the build system of a
    /// module can be given them.
    pub fn own_options(&self, made: &Made) -> Result<Vec<String>> {
        let read = |file: &Path| {
            fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
        };
        let command = read(&made.saved)?;
        let common = read(&self.kdir.join("scripts/mod/.empty.o.cmd"))?;
        let source = self.source.display().to_string();
        let portable = |option: String| match option.strip_prefix("-I") {
            Some(dir) if dir.starts_with(&source) => {
                format!("-I$(srctree){}", &dir[source.len()..])
            }
            Some(dir) if !dir.starts_with('/') => format!("-I$(objtree)/{dir}"),
            _ => option,
        };
        let options = command::beyond(&command, &common);
        Ok(options.into_iter().map(portable).collect())
    }

    /// Where an object is kept that was compiled of a unit, and of what else `key` says.
    pub fn kept(&self, object: &str, key: &impl Hash) -> PathBuf {
        let dir = self.cache.join(format!("{object}.d"));
        dir.join(format!("{}.o", name_of(key)))
    }
}

/// A name that nothing else has.
fn name_of(key: &impl Hash) -> String {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, key).hash(&mut hasher);
        hasher.finish()
    };
    format!("{:016x}{:016x}", half(0), half(1))
}

fn existing(kdir: &Path) -> Result<PathBuf> {
    kdir.canonicalize()
        .with_context(|| format!("{}: no such directory", kdir.display()))
}

/// Whether the scripts have made it ready, as that of a stock kernel.
fn is_prepared(kdir: &Path) -> bool {
    let names = fs::read_dir(kdir).into_iter().flatten().flatten();
    let mut names = names.map(|entry| entry.file_name());
    names.any(|name| name.to_string_lossy().starts_with(".klp-rs-ready"))
}
