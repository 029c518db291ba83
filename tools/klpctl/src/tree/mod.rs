// SPDX-License-Identifier: GPL-2.0

//! A prepared kernel tree, in which single translation units are compiled as the kernel's were.
//! Its source is never written to: what is changed is mounted over it, for the compiler alone.

mod command;
mod definitions;
mod includes;
mod job;
mod lists;
mod memories;
mod text;
mod units;

pub use command::{Compile, Owner};
pub use definitions::{Definitions, Places};
pub use includes::Includes;
pub use job::Job;
pub use memories::Memories;
pub use units::{object_of, Made};

use crate::{checkout, interrupt};
use anyhow::{bail, ensure, Context, Result};
use std::{
    ffi::OsString,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A tree.
pub struct Tree {
    /// What modules are built against.
    pub kdir: PathBuf,
    /// The source of the kernel.
    pub source: PathBuf,
    /// What was compiled before; not for a tree of one's own, which may change.
    cache: Option<PathBuf>,
}

/// A file that is mounted over another.
pub struct Over {
    /// What is mounted.
    pub file: PathBuf,
    /// Where.
    pub place: PathBuf,
}

impl Tree {
    /// A stock kernel's tree, in which the builder's compilers are used.
    pub fn stock(kdir: &Path) -> Result<Self> {
        let mut tree = Self::own(kdir)?;
        tree.cache = tree.kdir.parent().map(|dir| dir.join("units"));
        Ok(tree)
    }

    /// A tree of one's own, in which this machine's compilers are used.
    pub fn own(kdir: &Path) -> Result<Self> {
        let kdir = kdir
            .canonicalize()
            .with_context(|| format!("{}: no such directory", kdir.display()))?;
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
            cache: None,
        })
    }

    /// The tree of a kernel: in its own directory, or prepared; if one of them is there.
    pub fn of(dir: Option<&Path>, release: &str) -> Option<Self> {
        let prepared = checkout::cache()?.join("kernel").join(release);
        let prepared = prepared.canonicalize().ok();
        let own = dir.and_then(|dir| dir.canonicalize().ok());
        match (prepared, own) {
            (Some(prepared), Some(own)) if own.starts_with(&prepared) => {
                Self::stock(&prepared.join("build")).ok()
            }
            (_, Some(own)) => Self::own(&own).ok(),
            (Some(prepared), None) => Self::stock(&prepared.join("build")).ok(),
            (None, None) => None,
        }
    }

    /// Whether it is that of a stock kernel.
    pub fn is_stock(&self) -> bool {
        self.cache.is_some()
    }

    /// The kernel's release.
    pub fn release(&self) -> Result<String> {
        let file = self.kdir.join("include/config/kernel.release");
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        Ok(text.trim().to_owned())
    }

    /// The directories and macros that a unit was compiled with beyond those that each is, as the build system of a
    /// module can be given them.
    pub fn own_options(&self, made: &Made) -> Result<Vec<String>> {
        let read = |file: PathBuf| {
            std::fs::read_to_string(&file)
                .with_context(|| format!("cannot read {}", file.display()))
        };
        let command = read(units::saved(&made.object))?;
        let common = read(self.kdir.join("scripts/mod/.empty.o.cmd"))?;
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
    pub fn kept(&self, object: &str, key: &impl Hash) -> Option<PathBuf> {
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, key).hash(&mut hasher);
            hasher.finish()
        };
        let dir = self.cache.as_ref()?.join(format!("{object}.d"));
        Some(dir.join(format!("{:016x}{:016x}.o", half(0), half(1))))
    }

    /// Runs a shell script in the tree, which may write to `writable`; what it prints.
    pub fn run(&self, script: &str, over: &[Over], writable: &[&Path]) -> Result<String> {
        let ran = self.try_run(script, over, writable)?;
        match ran.failed {
            None => Ok(ran.stdout),
            Some(status) => bail!("{}", last_words(&ran.stderr, &status)),
        }
    }

    /// Runs a shell script in the tree.
    pub fn try_run(&self, script: &str, over: &[Over], writable: &[&Path]) -> Result<Ran> {
        let mut command = self.command(over, writable)?;
        command.args(["sh", "-eu", "-c"]).arg(format!(
            "cd '{}'\nobjtool='{}/tools/objtool/objtool'\n{script}",
            self.kdir.display(),
            self.kdir.display()
        ));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let output = interrupt::output(&mut command)
            .with_context(|| format!("cannot run {:?}", command.get_program()))?;
        Ok(Ran {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            failed: (!output.status.success()).then(|| output.status.to_string()),
        })
    }

    fn command(&self, over: &[Over], writable: &[&Path]) -> Result<Command> {
        let mount = |over: &Over| {
            let mut mount = OsString::from(&over.file);
            mount.push("=");
            mount.push(&over.place);
            mount
        };
        if self.is_stock() {
            let mut command = checkout::script("builder")?;
            let mut source = OsString::from(&self.source);
            source.push("=");
            source.push(&self.source);
            command.arg("-r").arg(source);
            for place in writable {
                command.arg("-b").arg(place);
            }
            for over in over {
                command.arg("-r").arg(mount(over));
            }
            command.arg("--");
            return Ok(command);
        }
        let mut command = Command::new("bwrap");
        command.args(["--die-with-parent", "--dev-bind", "/", "/"]);
        for over in over {
            command.arg("--ro-bind").args([&over.file, &over.place]);
        }
        command.arg("--");
        Ok(command)
    }
}

/// How a script ended.
pub struct Ran {
    /// What it printed.
    pub stdout: String,
    /// What it printed of errors.
    pub stderr: String,
    /// How it failed, if it did.
    pub failed: Option<String>,
}

/// The first error of a compiler or of make, or else the last line.
pub fn last_words(stderr: &str, status: &str) -> String {
    let is_error = |line: &&str| line.contains("error:") || line.contains("*** ");
    let mut lines = stderr.lines();
    let first = lines.clone().find(is_error);
    let line = first.or_else(|| lines.rfind(|line| !line.trim().is_empty()));
    line.map_or_else(|| status.to_owned(), |line| line.trim().to_owned())
}
