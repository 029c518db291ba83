// SPDX-License-Identifier: GPL-2.0

//! Structs that `klpctl types` has printed, at work: of the kernel, and of a module that no header has. The test puts them into
//! the modules `types` and `module`.

use kernel::{bindings, ffi::*, seq_file::SeqFile, seq_print};

klp::livepatch! {
    name: "types_at_work",
    description: "/proc/version says which task reads it",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: The prototype is the original's; procfs calls with a valid, locked `struct seq_file`.
            unsafe version_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => version,
        ],
        "e1000" => [
            // SAFETY: The prototype is the original's, and no caller relies on the result.
            unsafe e1000_has_link(adapter: *mut module::e1000_adapter) -> bool => has_link,
        ],
    ],
}

fn version(m: &SeqFile, _v: *mut c_void) -> c_int {
    // SAFETY: The current task is there as long as it runs this, and the kernel's type has these fields.
    let task = unsafe { &mut *bindings::get_current().cast::<types::task_struct>() };
    let comm: [u8; 16] = task.comm;
    let end = comm.iter().position(|byte| *byte == 0).unwrap_or(0);
    let name = comm
        .get(..end)
        .and_then(|name| core::str::from_utf8(name).ok());
    let was = task.sched_reset_on_fork();
    task.set_sched_reset_on_fork(1);
    let is = task.sched_reset_on_fork();
    task.set_sched_reset_on_fork(was);
    seq_print!(m, "task {} {} {was} {is}\n", name.unwrap_or("?"), task.tgid);
    0
}

fn has_link(adapter: *mut module::e1000_adapter) -> bool {
    // SAFETY: The driver calls with its adapter.
    unsafe { !(*adapter).hw.get_link_status }
}
