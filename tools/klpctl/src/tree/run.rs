// SPDX-License-Identifier: GPL-2.0

//! Scripts that are run in a tree. Files can be mounted over those of its source, for that script alone.

use super::Tree;
use crate::{checkout, interrupt};
use anyhow::{bail, Context, Result};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A file that is mounted over another.
pub struct Over {
    /// What is mounted.
    pub file: PathBuf,
    /// Where.
    pub place: PathBuf,
}

impl Tree {
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
        match self.is_stock() {
            true => self.in_builder(over, writable),
            false => Ok(self.on_this_machine(over, writable)),
        }
    }

    fn in_builder(&self, over: &[Over], writable: &[&Path]) -> Result<Command> {
        let mut command = checkout::script("builder")?;
        command.arg("-r").arg(mount(&self.source, &self.source));
        for place in writable {
            command.arg("-b").arg(place);
        }
        for over in over {
            command.arg("-r").arg(mount(&over.file, &over.place));
        }
        command.arg("--");
        Ok(command)
    }

    /// The tree cannot be written to by what runs.
    fn on_this_machine(&self, over: &[Over], writable: &[&Path]) -> Command {
        let mut mounts = vec![
            ("--ro-bind", &*self.kdir, &*self.kdir),
            ("--ro-bind", &*self.source, &*self.source),
        ];
        mounts.extend(writable.iter().map(|place| ("--bind", *place, *place)));
        mounts.extend(
            over.iter()
                .map(|over| ("--ro-bind", &*over.file, &*over.place)),
        );
        let mut command = match has_program("bwrap") {
            true => bwrap(),
            false => unshare(),
        };
        for (how, from, to) in mounts {
            command.arg(how).args([from, to]);
        }
        command.arg("--");
        command
    }
}

fn mount(from: &Path, to: &Path) -> OsString {
    let mut mount = OsString::from(from);
    mount.push("=");
    mount.push(to);
    mount
}

fn bwrap() -> Command {
    let mut command = Command::new("bwrap");
    command.args(["--die-with-parent", "--dev-bind", "/", "/"]);
    command
}

/// The same without bwrap. Where a mount cannot be made read-only, as of some in a user namespace, it stays as it is.
fn unshare() -> Command {
    const MOUNTS: &str = "while [ \"$1\" != -- ]; do
            mount --bind \"$2\" \"$3\"
            [ \"$1\" != --ro-bind ] || mount -o remount,bind,ro \"$3\" 2>/dev/null || true
            shift 3
        done
        shift
        exec \"$@\"";
    let mut command = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.arg("--map-root-user");
    }
    command.args(["--mount", "sh", "-euc", MOUNTS, "sh"]);
    command
}

/// Whether this machine has a program.
pub fn has_program(program: &str) -> bool {
    let dirs = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&dirs).any(|dir| dir.join(program).is_file())
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
    let nothing = || format!("a command in the tree ended with {status}, and said nothing");
    line.map_or_else(nothing, |line| line.trim().to_owned())
}
