// SPDX-License-Identifier: GPL-2.0

//! The project's scripts, which prepare kernels and build, and the cache that they keep.

use crate::{exit::Exit, interrupt};
use anyhow::{bail, Context, Result};
use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Output, Stdio},
};

/// The cache, as the scripts have it.
pub fn cache() -> Option<PathBuf> {
    let base = env::var_os("XDG_CACHE_HOME")
        .filter(|dir| !dir.is_empty())
        .map(PathBuf::from);
    let base = base.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")))?;
    Some(base.join("klp-rs"))
}

/// The checkout: that of `$KLP`, or the one that the program was built in.
pub fn dir() -> Result<PathBuf> {
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let dir = env::var_os("KLP").map_or(built_in, PathBuf::from);
    match dir.join("scripts/kbuild").exists() {
        true => Ok(dir.canonicalize()?),
        false => bail!(
            "{}: no checkout of klp-rs, it has no scripts/kbuild; set KLP to where yours is",
            dir.display()
        ),
    }
}

/// A script of the checkout, to be run.
pub fn script(name: &str) -> Result<Command> {
    Ok(Command::new(dir()?.join("scripts").join(name)))
}

/// Runs a script that shows its own progress and errors; what it prints, or how it failed.
pub fn run(command: &mut Command) -> Result<std::result::Result<String, Exit>> {
    let (exit, output) = end(command.stderr(Stdio::inherit()))?;
    Ok(match exit {
        Exit::Ok => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        failed => Err(failed),
    })
}

/// Runs a script and keeps what it says to itself.
pub fn run_silently(command: &mut Command) -> Result<(Exit, Output)> {
    end(command.stderr(Stdio::piped()))
}

fn end(command: &mut Command) -> Result<(Exit, Output)> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let output = interrupt::output(command).with_context(|| format!("cannot run {command:?}"))?;
    Ok((exit(output.status), output))
}

/// What a script is given is right by then: whichever way it fails, make's or the compiler's, what was
/// asked for could not be done.
fn exit(status: ExitStatus) -> Exit {
    match status.code() {
        Some(0) => Exit::Ok,
        Some(5) => Exit::NotPermitted,
        Some(130) | None => Exit::Interrupted,
        Some(_) => Exit::Failed,
    }
}
