// SPDX-License-Identifier: GPL-2.0

//! A unit that is compiled another way than the kernel's was. What was compiled before is not compiled again.

use super::{last_words, object_of, Compile, Made, Over, Tree};
use anyhow::{Context, Result};
use std::{
    fs,
    hash::Hash,
    path::{Path, PathBuf},
};

/// What is to be compiled.
pub struct Job {
    /// The unit's source.
    pub source: String,
    /// Where the object is to be.
    pub object: PathBuf,
    command: String,
    /// Where it is written.
    partial: PathBuf,
}

/// What does not compile.
pub struct Failed {
    /// The unit's source.
    pub source: String,
    /// What the compiler says.
    pub why: String,
}

impl Job {
    /// A unit with more options, and with what else `changed` says of it; `dir` is for what is temporary.
    pub fn new(
        made: &Made,
        options: &str,
        changed: &impl Hash,
        dir: &Path,
        tree: &Tree,
    ) -> Result<Self> {
        // The place that it is written to is another each time.
        let key = (
            made.compile.with(options, Path::new("")),
            fs::read(&made.object)?,
            changed,
        );
        match made.inputs {
            None => Self::of(&made.source, &made.compile, options, &key, dir, tree),
            Some(inputs) => {
                let key = (inputs, key);
                Self::of(&made.source, &made.compile, options, &key, dir, tree)
            }
        }
    }

    /// A unit by a command; `key` is all that decides on what comes out.
    pub(super) fn of(
        source: &str,
        compile: &Compile,
        options: &str,
        key: &impl Hash,
        dir: &Path,
        tree: &Tree,
    ) -> Result<Self> {
        let object = object_of(source);
        let partial = dir.join(&object);
        fs::create_dir_all(partial.parent().context("an object without directory")?)?;
        Ok(Self {
            source: source.to_owned(),
            command: compile.with(options, &partial),
            object: tree.kept(&object, key),
            partial,
        })
    }

    /// Compiles with some files over those of the source.
    pub fn run_all(
        jobs: &[Self],
        over: &[Over],
        tree: &Tree,
    ) -> Result<std::result::Result<(), Failed>> {
        for job in jobs.iter().filter(|job| !job.object.exists()) {
            if let Err(failed) = job.run(over, tree)? {
                return Ok(Err(failed));
            }
        }
        Ok(Ok(()))
    }

    fn run(&self, over: &[Over], tree: &Tree) -> Result<std::result::Result<(), Failed>> {
        let dir = self
            .partial
            .parent()
            .context("an object without directory")?;
        let ran = tree.try_run(&self.command, over, &[dir])?;
        if let Some(status) = ran.failed {
            return Ok(Err(Failed {
                source: self.source.clone(),
                why: last_words(&ran.stderr, &status),
            }));
        }
        self.keep()?;
        Ok(Ok(()))
    }

    /// The object is there in whole or not at all.
    fn keep(&self) -> Result<()> {
        fs::create_dir_all(
            self.object
                .parent()
                .context("an object without directory")?,
        )?;
        let partial = self
            .object
            .with_extension(format!("{}.partial", std::process::id()));
        fs::copy(&self.partial, &partial)?;
        Ok(fs::rename(&partial, &self.object)?)
    }
}
