// SPDX-License-Identifier: GPL-2.0

//! Why the kernel does not load a module, by its error and its own lines.
//!
//! C sources: `kernel/module/main.c`, `kernel/module/signing.c`, `kernel/livepatch/core.c`,
//! `security/integrity/ima/ima_main.c`

use super::obstacle::{Obstacle, Reason};
use rustix::io::Errno;
use std::{fs, io, path::Path};

/// What it means that a module was not loaded.
pub fn insertion(root: &Path, name: &str, error: &io::Error, kernel: Vec<String>) -> Obstacle {
    let says = |text: &str| kernel.iter().any(|line| line.contains(text));
    let disabled = fs::read_to_string(root.join("proc/sys/kernel/modules_disabled"));
    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    let (reason, why, help) = match errno {
        Some(Errno::PERM) if disabled.is_ok_and(|value| value.trim() == "1") => (
            Reason::ModulesDisabled,
            "the kernel loads no modules any more (kernel.modules_disabled is 1)",
            "that cannot be undone but by a reboot",
        ),
        Some(Errno::PERM) if says("ockdown") => (
            Reason::Lockdown,
            "lockdown keeps modules out that are not signed by a key of the kernel's",
            SIGN,
        ),
        Some(Errno::PERM) => (
            Reason::NotRoot,
            "this user may not load modules",
            "run klpctl as root, with CAP_SYS_MODULE",
        ),
        Some(Errno::KEYREJECTED | Errno::NOKEY | Errno::BADMSG | Errno::NOPKG) => (
            Reason::Signature,
            "the kernel wants a signature by a key of its own",
            SIGN,
        ),
        Some(Errno::ACCESS) => (
            Reason::Ima,
            "a security module wants the module's file, and klpctl loads what it has verified from memory",
            "IMA's appraisal takes modules from signed files only: verify it, then 'insmod' its file",
        ),
        Some(Errno::NOEXEC) if says("version magic") => (
            Reason::WrongKernel,
            "the module is for another kernel",
            "build it for this one",
        ),
        Some(Errno::NOEXEC) if says("livepatch") => (
            Reason::NoLivepatch,
            "this kernel has no livepatches",
            "boot a kernel with CONFIG_LIVEPATCH",
        ),
        Some(Errno::EXIST) => (
            Reason::ModuleLoaded,
            "a module of that name is loaded",
            "remove it first",
        ),
        Some(Errno::BUSY) if says("ftrace handler") => (
            Reason::Held,
            "something else redirects one of its functions",
            "'klpctl verify --running' says what holds it",
        ),
        Some(Errno::BUSY) => (
            Reason::Pending,
            "something else is going on: a transition is pending, or a function is held",
            "'klpctl status' shows a transition, 'klpctl verify --running' what holds a function",
        ),
        Some(Errno::INVAL) if says("not compatible") => (
            Reason::Incompatible,
            "it does not go with the patches in force",
            "'klpctl compat' says why",
        ),
        Some(Errno::NOENT | Errno::INVAL) if says("symbol") => (
            Reason::Symbol,
            "it refers to what this kernel does not have",
            "build it for this kernel; 'klpctl verify --running' shows what is missing",
        ),
        _ => (
            Reason::Refused,
            "the kernel refused it",
            "what the kernel said is above, or in its log (dmesg)",
        ),
    };
    Obstacle {
        kernel,
        ..Obstacle::new(reason, format!("{name}: {why}: {error}")).help(help)
    }
}

const SIGN: &str = "sign it with a key that the kernel has (/proc/keys): 'klpctl sign' does it";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_by_what_the_kernel_says_with_it() {
        let reason = |errno: Errno, line: &str| {
            let error = io::Error::from_raw_os_error(errno.raw_os_error());
            insertion(Path::new("/nowhere"), "fix", &error, vec![line.to_owned()]).reason
        };
        for (errno, line, expected) in [
            (Errno::PERM, "", Reason::NotRoot),
            (Errno::PERM, "Lockdown: insmod: unsigned module loading is restricted", Reason::Lockdown),
            (Errno::KEYREJECTED, "Loading of module with unavailable key is rejected", Reason::Signature),
            (Errno::NOEXEC, "fix: version magic 'x' should be 'y'", Reason::WrongKernel),
            (Errno::EXIST, "", Reason::ModuleLoaded),
            (Errno::BUSY, "", Reason::Pending),
            (Errno::BUSY, "livepatch: failed to register ftrace handler for function 'f' (-16)", Reason::Held),
            (
                Errno::INVAL,
                "livepatch: Livepatch patch (fix) is not compatible with the already installed livepatches.",
                Reason::Incompatible,
            ),
            (Errno::NOENT, "fix: Unknown symbol x (err -2)", Reason::Symbol),
            (Errno::NOMEM, "", Reason::Refused),
        ] {
            assert_eq!(reason(errno, line), expected, "{errno:?} {line}");
        }
    }
}
