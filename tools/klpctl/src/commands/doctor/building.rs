// SPDX-License-Identifier: GPL-2.0

//! What a machine needs to build livepatches.

use super::{check, Check, Lack};
use crate::{checkout, cli::Purpose};
use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

const INSTALL: &str = "the install line in README.md brings it";

/// Each of it.
pub fn checks() -> Vec<Check> {
    let tools = [
        "bwrap",
        "mmdebstrap",
        "make",
        "git",
        "xz",
        "newuidmap",
        "cpio",
        "jq",
        "qemu-system-x86_64",
    ];
    let mut checks = vec![
        check(
            Purpose::Building,
            "the scripts",
            checkout::dir()
                .map(display)
                .map_err(|error| text(error).into()),
            "clone the project, and set KLP to it",
        ),
        check(
            Purpose::Building,
            "user namespaces",
            user_namespaces().map_err(Lack::from),
            "sysctl kernel.unprivileged_userns_clone=1, or be root",
        ),
        check(
            Purpose::Building,
            "the cache",
            cache().map_err(Lack::from),
            "XDG_CACHE_HOME chooses a place with 6 GiB",
        ),
    ];
    checks.extend(tools.map(|tool| {
        check(
            Purpose::Building,
            tool,
            in_path(tool).map_err(Lack::from),
            INSTALL,
        )
    }));
    checks
}

fn display(path: PathBuf) -> String {
    path.display().to_string()
}

fn text(error: anyhow::Error) -> String {
    format!("{error:#}")
}

fn in_path(tool: &str) -> Result<String, String> {
    let dirs = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&dirs)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|dir| dir.join(tool))
        .find(|file| file.is_file());
    found.map(display).ok_or_else(|| "not installed".to_owned())
}

/// What the builder will do, without its root.
fn user_namespaces() -> Result<String, String> {
    let mut command = Command::new("bwrap");
    command
        .args(["--unshare-user", "--ro-bind", "/", "/", "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    match command.status() {
        Ok(status) if status.success() => Ok("bwrap can make one".to_owned()),
        Ok(_) => Err("bwrap cannot make one".to_owned()),
        Err(error) => Err(format!("bwrap cannot be run: {error}")),
    }
}

fn cache() -> Result<String, String> {
    let dir = checkout::cache().ok_or("neither XDG_CACHE_HOME nor HOME is set")?;
    let exists = dir
        .ancestors()
        .find(|dir| dir.exists())
        .ok_or("not a path")?;
    let free =
        rustix::fs::statvfs(exists).map_err(|error| format!("{}: {error}", exists.display()))?;
    let free = (free.f_bavail * free.f_frsize) >> 20;
    let found = format!("{}, {free} MiB free", dir.display());
    if dir.join("builder").exists() || free >= 6 << 10 {
        Ok(found)
    } else {
        Err(found)
    }
}
