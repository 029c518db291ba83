// SPDX-License-Identifier: GPL-2.0

//! Where the project's scripts and its cache are.

use anyhow::{bail, Result};
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
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
