// SPDX-License-Identifier: GPL-2.0

//! Objects as the kernel had them. A stock kernel's are made in the tree, by the kernel's build system; those of a tree of
//! one's own are there, and are made again elsewhere.

use super::{last_words, Compile, Ran, Tree};
use anyhow::{bail, Context, Result};
use rustix::fs::{flock, FlockOperation};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
};

/// A unit that was compiled.
#[derive(Clone)]
pub struct Made {
    /// Its source, below that of the kernel.
    pub source: String,
    /// The object.
    pub object: PathBuf,
    /// How it was compiled.
    pub compile: Compile,
    /// The file that the tree keeps the command in.
    pub(super) saved: PathBuf,
    /// What it was compiled of, where that may change.
    pub(super) inputs: Option<u64>,
}

/// The object of a source file, below the tree.
pub fn object_of(source: &str) -> String {
    format!("{}.o", source.strip_suffix(".c").unwrap_or(source))
}

impl Tree {
    /// Compiles units as the kernel's build system does. Each that cannot be is named with why.
    pub fn make(&self, sources: &[String]) -> Result<Vec<std::result::Result<Made, String>>> {
        match self.is_stock() {
            true => self.make_in_tree(sources),
            false => self.make_again(sources),
        }
    }

    fn make_in_tree(&self, sources: &[String]) -> Result<Vec<std::result::Result<Made, String>>> {
        let missing: Vec<_> = sources
            .iter()
            .filter(|source| !self.is_made(source))
            .collect();
        let mut why = Vec::new();
        if !missing.is_empty() {
            let targets = self.targets(&missing)?;
            let _alone = self.alone()?;
            let all_are_made = self.make_at_once(&targets)?;
            for source in missing {
                let object = object_of(source);
                let Some(target) = targets.get(source) else {
                    why.push((object, self.why_left_out(source)));
                    continue;
                };
                if !all_are_made {
                    let ran = self.run_make("", [target])?;
                    if let Some(status) = ran.failed {
                        why.push((object, last_words(&ran.stderr, &status)));
                        continue;
                    }
                }
                self.keep(&object)?;
            }
        }
        let made = sources.iter().map(|source| {
            let object = object_of(source);
            match why.iter().find(|(failed, _)| *failed == object) {
                Some((_, why)) => Ok(Err(why.clone())),
                None => self.made(source).map(Ok),
            }
        });
        made.collect()
    }

    /// On all processors, and whether all was made: what fails is made again alone, and tells why then.
    fn make_at_once(&self, targets: &BTreeMap<String, String>) -> Result<bool> {
        let several = targets.len() > 1;
        Ok(several && self.run_make("-k", targets.values())?.failed.is_none())
    }

    fn run_make<'a>(
        &self,
        option: &str,
        targets: impl IntoIterator<Item = &'a String>,
    ) -> Result<Ran> {
        let mut all = String::new();
        for target in targets {
            all += &format!(" '{target}'");
        }
        // Some of the architecture's directories are gone into twice, the first time with the wrong flags.
        let jobs = if all.contains("'arch/") {
            "1"
        } else {
            "$(nproc)"
        };
        let script = format!("make --silent {option} -j \"{jobs}\"{all}");
        self.try_run(&script, &[], &[&self.kdir])
    }

    fn place(&self, object: &str) -> PathBuf {
        self.cache.join(object)
    }

    fn is_made(&self, source: &str) -> bool {
        self.place(&object_of(source)).exists()
    }

    /// The object comes last: it says that all is there.
    fn keep(&self, object: &str) -> Result<()> {
        let place = self.place(object);
        let dir = place.parent().context("an object without directory")?;
        fs::create_dir_all(dir)?;
        for (from, to) in [
            (saved(&self.kdir.join(object)), saved(&place)),
            (self.kdir.join(object), place),
        ] {
            let partial = to.with_extension("partial");
            fs::copy(&from, &partial).with_context(|| format!("cannot read {}", from.display()))?;
            fs::rename(&partial, &to)?;
        }
        Ok(())
    }

    fn made(&self, source: &str) -> Result<Made> {
        let object = self.place(&object_of(source));
        let command = saved(&object);
        let text = fs::read_to_string(&command)
            .with_context(|| format!("cannot read {}", command.display()))?;
        let Some(compile) = Compile::parse(&text) else {
            bail!("{}: no command of a C compiler", command.display());
        };
        Ok(Made {
            source: source.to_owned(),
            object,
            compile,
            saved: command,
            inputs: None,
        })
    }

    /// Two makes in one tree would disturb each other.
    fn alone(&self) -> Result<File> {
        let dir = File::open(&self.kdir)?;
        flock(&dir, FlockOperation::LockExclusive)?;
        Ok(dir)
    }
}

/// The file with the command that an object was made by.
pub(super) fn saved(object: &Path) -> PathBuf {
    let name = object.file_name().unwrap_or_default().to_string_lossy();
    object.with_file_name(format!(".{name}.cmd"))
}
