// SPDX-License-Identifier: GPL-2.0

//! The project's scripts, which prepare kernels and build, and the cache that they keep.

use crate::{exit::Exit, interrupt};
use anyhow::{Context, Result};
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

/// The checkout: that of `$KLP`, else the one that the program lies in, else the one that it was built in, which may be gone.
pub fn dir() -> Result<PathBuf> {
    let named = env::var_os("KLP").filter(|dir| !dir.is_empty());
    let own = || env::current_exe().ok()?.canonicalize().ok();
    choose(named.map(PathBuf::from), own(), built_in())
}

fn built_in() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn choose(named: Option<PathBuf>, program: Option<PathBuf>, built_in: PathBuf) -> Result<PathBuf> {
    if let Some(dir) = named {
        return canonical(&dir)
            .with_context(|| format!("KLP={}: no checkout of klp-rs, it has no scripts/kbuild; set KLP to where yours is, or leave it out", dir.display()));
    }
    let around = program.iter().flat_map(|program| program.ancestors());
    let found = around.chain([built_in.as_path()]).find_map(canonical);
    found.with_context(|| {
        format!(
            "no checkout of klp-rs: neither around {}, where this program is, nor in {}, where it was built; set KLP to where yours is",
            program.as_deref().unwrap_or(Path::new("?")).display(),
            built_in.display()
        )
    })
}

fn canonical(dir: &Path) -> Option<PathBuf> {
    dir.join("scripts/kbuild")
        .exists()
        .then(|| dir.canonicalize().ok())?
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A directory that looks like a checkout.
    fn checkout(work: &Path, name: &str) -> PathBuf {
        let dir = work.join(name);
        fs::create_dir_all(dir.join("scripts")).unwrap();
        fs::write(dir.join("scripts/kbuild"), "").unwrap();
        dir.canonicalize().unwrap()
    }

    #[test]
    fn the_checkout_is_the_named_one_then_the_programs_then_the_builders() {
        let work = env::temp_dir().join(format!("klpctl-checkout-{}", std::process::id()));
        let [named, copy, built] = ["named", "copy", "built"].map(|name| checkout(&work, name));
        let program = copy.join("build/klpctl");
        let elsewhere = work.join("bin/klpctl");
        let choose = |named: Option<&Path>, program: &Path, built: &Path| {
            super::choose(
                named.map(Path::to_owned),
                Some(program.to_owned()),
                built.to_owned(),
            )
        };
        assert_eq!(choose(Some(&named), &program, &built).unwrap(), named);
        assert_eq!(choose(None, &program, &built).unwrap(), copy);
        assert_eq!(choose(None, &elsewhere, &built).unwrap(), built);
        let gone = choose(None, &elsewhere, &work.join("gone"))
            .unwrap_err()
            .to_string();
        assert!(gone.contains("bin/klpctl, where this program is"), "{gone}");
        assert!(gone.contains("gone, where it was built"), "{gone}");
        let wrong = choose(Some(&work.join("wrong")), &program, &built)
            .unwrap_err()
            .to_string();
        assert!(
            wrong.starts_with("KLP=") && wrong.contains("wrong: no checkout"),
            "{wrong}"
        );
        fs::remove_dir_all(work).unwrap();
    }
}
