// SPDX-License-Identifier: GPL-2.0

//! Cumulative sample: one patch that replaces all others, with functions of the kernel and of a
//! module.

use kernel::{
    bindings,
    ffi::{c_int, c_void},
    prelude::*,
    seq_file::SeqFile,
    seq_print,
};

klp::livepatch! {
    name: "livepatch_cumulative",
    authors: ["klp-rs"],
    description: "Live patching demo for cumulative patches",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: The prototype is the original's; seq_read() calls with a valid `struct
            // seq_file` that it has locked, and a `SeqFile` is one.
            unsafe cmdline_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => cumulative_cmdline_show,
            // SAFETY: As above.
            unsafe version_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => cumulative_version_show,
        ],
        "livepatch_callbacks_busymod" => [
            // SAFETY: The prototype is the original's, and nothing relies on what the work does.
            unsafe busymod_work_func(work: *mut bindings::work_struct) => cumulative_work_func,
        ],
    ],
    replace: true,
}

fn cumulative_cmdline_show(m: &SeqFile, _v: *mut c_void) -> c_int {
    seq_print!(m, "this has been live patched by the cumulative patch\n");
    0
}

fn cumulative_version_show(m: &SeqFile, _v: *mut c_void) -> c_int {
    seq_print!(m, "so has this\n");
    0
}

fn cumulative_work_func(_work: *mut bindings::work_struct) {
    pr_info!("cumulative_work_func\n");
}
