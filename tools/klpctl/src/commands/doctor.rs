// SPDX-License-Identifier: GPL-2.0

//! `klpctl doctor`: what this machine lacks for building livepatches, and for loading them.

use crate::{checkout, exit::Exit, show};
use anyhow::Result;
use serde::Serialize;
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

#[derive(Serialize)]
struct Diagnosis {
    checks: Vec<Check>,
}

#[derive(Serialize)]
struct Check {
    #[serde(rename = "for")]
    purpose: &'static str,
    what: String,
    ok: bool,
    found: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    remedy: &'static str,
}

const INSTALL: &str = "the install line in README.md brings it";

/// Shows every precondition. Only those of building decide on the exit code: a machine that builds
/// need not be one that is patched.
pub fn run(json: bool) -> Result<Exit> {
    let mut checks = building();
    checks.extend(loading(Path::new("/")));
    let fit = checks
        .iter()
        .all(|check| check.ok || check.purpose != "building");
    if json {
        show::json(Diagnosis { checks })?;
    } else {
        show::print(&show::table(
            &["", "for", "what", "found", "remedy"],
            3,
            checks.iter().map(row),
        ))?;
    }
    Ok(if fit { Exit::Ok } else { Exit::Refused })
}

fn row(check: &Check) -> Vec<String> {
    let status = if check.ok { "ok" } else { "MISSING" };
    [
        status,
        check.purpose,
        &check.what,
        &check.found,
        check.remedy,
    ]
    .map(str::to_owned)
    .into()
}

fn check(
    purpose: &'static str,
    what: &str,
    found: Result<String, String>,
    remedy: &'static str,
) -> Check {
    let ok = found.is_ok();
    let found = found.unwrap_or_else(|why| why);
    Check {
        purpose,
        what: what.to_owned(),
        ok,
        found,
        remedy: if ok { "" } else { remedy },
    }
}

fn building() -> Vec<Check> {
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
            "building",
            "the scripts",
            checkout::dir().map(display).map_err(text),
            "clone the project, and set KLP to it",
        ),
        check(
            "building",
            "user namespaces",
            user_namespaces(),
            "sysctl kernel.unprivileged_userns_clone=1, or be root",
        ),
        check(
            "building",
            "the cache",
            cache(),
            "XDG_CACHE_HOME chooses a place with 6 GiB",
        ),
    ];
    checks.extend(tools.map(|tool| check("building", tool, in_path(tool), INSTALL)));
    checks
}

fn loading(root: &Path) -> Vec<Check> {
    let exists = |path: &str| match root.join(path).exists() {
        true => Ok(format!("/{path}")),
        false => Err(format!("no /{path}")),
    };
    vec![
        check(
            "loading",
            "CONFIG_LIVEPATCH",
            exists("sys/kernel/livepatch"),
            "boot a kernel that has it, as Debian's",
        ),
        check(
            "loading",
            "type information",
            exists("sys/kernel/btf/vmlinux"),
            "boot a kernel with CONFIG_DEBUG_INFO_BTF, for verify --running",
        ),
        check(
            "loading",
            "tracefs",
            exists("sys/kernel/tracing/available_filter_functions"),
            "mount -t tracefs nodev /sys/kernel/tracing; it is root's",
        ),
        check(
            "loading",
            "ftrace",
            enabled(root, "proc/sys/kernel/ftrace_enabled", "1"),
            "sysctl kernel.ftrace_enabled=1: livepatches need it",
        ),
        check(
            "loading",
            "modules allowed",
            enabled(root, "proc/sys/kernel/modules_disabled", "0"),
            "reboot, since it cannot be undone, into a kernel that has CONFIG_MODULES",
        ),
        check(
            "loading",
            "lockdown",
            lockdown(root),
            "sign the module with a key that the kernel trusts, or boot without lockdown",
        ),
        check("loading", "CAP_SYS_MODULE", may_load(root), "be root"),
    ]
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

fn enabled(root: &Path, file: &str, wanted: &str) -> Result<String, String> {
    let value =
        std::fs::read_to_string(root.join(file)).map_err(|error| format!("/{file}: {error}"))?;
    let found = format!(
        "{} is {}",
        file.rsplit('/').next().unwrap_or(file),
        value.trim()
    );
    if value.trim() == wanted {
        Ok(found)
    } else {
        Err(found)
    }
}

/// The mode in brackets is in force; a kernel without the file has no lockdown.
fn lockdown(root: &Path) -> Result<String, String> {
    let Ok(modes) = std::fs::read_to_string(root.join("sys/kernel/security/lockdown")) else {
        return Ok("none".to_owned());
    };
    match modes.contains("[none]") {
        true => Ok("none".to_owned()),
        false => Err(modes.trim().to_owned()),
    }
}

fn may_load(root: &Path) -> Result<String, String> {
    const CAP_SYS_MODULE: u64 = 1 << 16;
    let status = std::fs::read_to_string(root.join("proc/self/status"))
        .map_err(|error| format!("/proc/self/status: {error}"))?;
    let effective = status
        .lines()
        .find_map(|line| u64::from_str_radix(line.strip_prefix("CapEff:")?.trim(), 16).ok());
    match effective {
        Some(capabilities) if capabilities & CAP_SYS_MODULE != 0 => {
            Ok("this user has it".to_owned())
        }
        _ => Err("this user lacks it".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_has_a_remedy_and_what_is_there_none() {
        let root = std::env::temp_dir().join(format!("klpctl-doctor-{}", std::process::id()));
        let write = |file: &str, text: &str| {
            let file = root.join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        };
        write("proc/sys/kernel/ftrace_enabled", "0\n");
        write("proc/sys/kernel/modules_disabled", "0\n");
        write("proc/self/status", "CapEff:\t0000000000010000\n");
        write(
            "sys/kernel/security/lockdown",
            "none [integrity] confidentiality\n",
        );
        let checks = loading(&root);
        let ok: Vec<_> = checks
            .iter()
            .filter(|check| check.ok)
            .map(|check| check.what.as_str())
            .collect();
        assert_eq!(ok, ["modules allowed", "CAP_SYS_MODULE"]);
        assert!(checks
            .iter()
            .all(|check| check.ok == check.remedy.is_empty()));
        std::fs::remove_dir_all(root).unwrap();
    }
}
