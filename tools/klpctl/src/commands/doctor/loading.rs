// SPDX-License-Identifier: GPL-2.0

//! What a machine needs to load them.

use super::{check, note, Check, Lack};
use crate::{
    cli::Purpose,
    kernel::{self, Demand},
};
use std::path::Path;

/// Each of it, below `root`, which is `/` but for tests.
pub fn checks(root: &Path) -> Vec<Check> {
    let exists = |path: &str| match std::fs::metadata(root.join(path)) {
        Ok(_) => Ok(format!("/{path}")),
        Err(error) => Err(Lack::of(path, &error)),
    };
    let check = |what, found, remedy| check(Purpose::Loading, what, found, remedy);
    vec![
        check(
            "CONFIG_LIVEPATCH",
            exists("sys/kernel/livepatch"),
            "boot a kernel that has it, as Debian's",
        ),
        check(
            "type information",
            exists("sys/kernel/btf/vmlinux"),
            "boot a kernel with CONFIG_DEBUG_INFO_BTF, for verify --running",
        ),
        check(
            "tracefs",
            exists("sys/kernel/tracing/available_filter_functions"),
            "mount -t tracefs nodev /sys/kernel/tracing; it is root's",
        ),
        check(
            "ftrace",
            enabled(root, "proc/sys/kernel/ftrace_enabled", "1"),
            "sysctl kernel.ftrace_enabled=1: livepatches need it",
        ),
        check(
            "modules allowed",
            enabled(root, "proc/sys/kernel/modules_disabled", "0"),
            "reboot, since it cannot be undone, into a kernel that has CONFIG_MODULES",
        ),
        check("CAP_SYS_MODULE", may_load(root), "be root"),
        note(
            "signatures",
            signatures(root),
            "sign modules with a key that the kernel has (/proc/keys); 'klpctl verify --running' \
            says by whom one is signed",
        ),
        note(
            "functions held",
            held(root),
            "end what holds a function before it is patched",
        ),
    ]
}

/// Whether the kernel loads modules without one.
fn signatures(root: &Path) -> Result<String, Lack> {
    match kernel::demand(root) {
        Demand::Nothing => Ok("not demanded".to_owned()),
        Demand::Signature(by) => Err(format!("demanded, by {by}").into()),
        Demand::Unknown(remedy) => Err(format!("not known whether demanded: {remedy}").into()),
    }
}

/// What no livepatch can replace, since something else does.
fn held(root: &Path) -> Result<String, Lack> {
    const MOST: usize = 5;
    let attached =
        kernel::attached(root).map_err(|error| Lack::from(format!("not known: {error:#}")))?;
    let held: Vec<_> = attached
        .iter()
        .filter_map(|attached| {
            let holder = attached.holder.as_ref()?;
            Some(format!(
                "{}:{} by {holder}",
                attached.object, attached.function
            ))
        })
        .collect();
    match held.len() {
        0 => Ok("none".to_owned()),
        1..=MOST => Err(held.join(", ").into()),
        more => Err(format!("{}, and {} more", held[..MOST].join(", "), more - MOST).into()),
    }
}

fn enabled(root: &Path, file: &str, wanted: &str) -> Result<String, Lack> {
    let value = std::fs::read_to_string(root.join(file)).map_err(|error| Lack::of(file, &error))?;
    let found = format!(
        "{} is {}",
        file.rsplit('/').next().unwrap_or(file),
        value.trim()
    );
    if value.trim() == wanted {
        Ok(found)
    } else {
        Err(found.into())
    }
}

fn may_load(root: &Path) -> Result<String, Lack> {
    const CAP_SYS_MODULE: u64 = 1 << 16;
    let status = std::fs::read_to_string(root.join("proc/self/status"))
        .map_err(|error| Lack::of("proc/self/status", &error))?;
    let effective = status
        .lines()
        .find_map(|line| u64::from_str_radix(line.strip_prefix("CapEff:")?.trim(), 16).ok());
    match effective {
        Some(capabilities) if capabilities & CAP_SYS_MODULE != 0 => {
            Ok("this user has it".to_owned())
        }
        _ => Err(Lack::Denied("this user lacks it".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::doctor::Weight;

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
        write(
            "sys/kernel/tracing/enabled_functions",
            "f (1) R I M \ttramp: 0x1 (kprobe_ftrace_handler+0x0/0x1d0)\n",
        );
        let checks = super::checks(&root);
        let ok: Vec<_> = checks
            .iter()
            .filter(|check| check.ok)
            .map(|check| check.what.as_str())
            .collect();
        assert_eq!(ok, ["modules allowed", "CAP_SYS_MODULE"]);
        assert!(checks
            .iter()
            .all(|check| check.ok == check.remedy.is_empty()));
        let notes: Vec<_> = checks
            .iter()
            .filter(|check| check.weight == Weight::Note)
            .map(|check| check.found.as_str())
            .collect();
        assert_eq!(
            notes,
            [
                "demanded, by lockdown, integrity",
                "vmlinux:f by a kprobe with a post handler (kprobe_ftrace_handler)"
            ]
        );
        std::fs::remove_dir_all(root).unwrap();
    }
}
