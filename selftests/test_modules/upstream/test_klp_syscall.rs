// SPDX-License-Identifier: GPL-2.0

//! Livepatch test: syscall transition

mod sysfs_file;

use kernel::{
    bindings, current,
    ffi::{c_long, CStr},
    prelude::*,
    sync::atomic::{Atomic, Relaxed},
};
use sysfs_file::{Directory, Number};

klp::parameters! {
    klp_pids: [i32; 8192] { mode: 0, description: "Array of pids to be transitioned to livepatched state." },
}

klp::livepatch! {
    type: PendingPids,
    name: "test_klp_syscall",
    description: "Livepatch test: syscall transition",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: The prototype is the original's, which may sleep and returns the same.
            unsafe __x64_sys_getpid(regs: *const bindings::pt_regs) -> c_long => lp_sys_getpid,
        ],
    ],
}

static NPIDS_PENDING: Atomic<i32> = Atomic::new(0);

fn lp_sys_getpid(_regs: *const bindings::pt_regs) -> c_long {
    let task = current!();
    let mut pending = parameters::klp_pids.values().iter();
    if pending.any(|pid| pid.cmpxchg(task.pid(), 0, Relaxed).is_ok()) {
        NPIDS_PENDING.fetch_sub(1, Relaxed);
    }
    task.tgid_nr_ns(None) as c_long
}

/// `/sys/kernel/test_klp_syscall/npids`: how many of the tasks have not yet been in the replacement.
struct PendingPids {
    _directory: Directory,
}

impl kernel::Module for PendingPids {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        NPIDS_PENDING.store(parameters::klp_pids.values().len() as i32, Relaxed);
        Ok(Self {
            _directory: Directory::create::<Self>(c"test_klp_syscall")?,
        })
    }
}

impl Number for PendingPids {
    const NAME: &'static CStr = c"npids";

    fn number() -> u32 {
        NPIDS_PENDING.load(Relaxed) as u32
    }
}
