// SPDX-License-Identifier: GPL-2.0

//! `klpctl kdir`: a kernel tree that Rust modules can be built against. The scripts do the work.

use crate::{checkout, exit::Exit, show};
use anyhow::{Context, Result};
use std::path::Path;

/// Prints the tree of a release, of the running kernel, or of a directory that is one.
pub fn run(which: Option<&str>, running: bool) -> Result<Exit> {
    let tree = match which {
        _ if running => of_running()?,
        Some(dir) if dir.contains('/') => own(Path::new(dir))?,
        release => stock(release)?,
    };
    match tree {
        Ok(tree) => show::print(&format!("{tree}\n")).map(|()| Exit::Ok),
        Err(exit) => Ok(exit),
    }
}

type Tree = std::result::Result<String, Exit>;

/// A tree of one's own, if a module can be built against it.
pub fn own(dir: &Path) -> Result<Tree> {
    let checked = checkout::run(checkout::script("check-kdir")?.arg(dir))?;
    Ok(checked.and_then(|_| {
        Ok(dir
            .canonicalize()
            .map_err(|_| Exit::Failed)?
            .display()
            .to_string())
    }))
}

/// The tree of a stock kernel, prepared if it is not there yet.
pub fn stock(release: Option<&str>) -> Result<Tree> {
    checkout::run(checkout::script("kernel")?.arg("kdir").args(release))
}

/// The running kernel's own tree if it can be built against, else that of the stock kernel of its
/// release.
fn of_running() -> Result<Tree> {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease")
        .context("cannot read the running kernel's release")?;
    let build = Path::new("/lib/modules").join(release.trim()).join("build");
    let (checked, _) = checkout::run_silently(checkout::script("check-kdir")?.arg(&build))?;
    match checked {
        Exit::Ok => own(&build),
        _ => stock(Some(release.trim())),
    }
}
