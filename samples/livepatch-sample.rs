// SPDX-License-Identifier: GPL-2.0

//! Livepatch sample: replaces the function behind `/proc/cmdline`.
//!
//! C version of this sample:
//! [`samples/livepatch/livepatch-sample.c`](srctree/samples/livepatch/livepatch-sample.c)

use kernel::{
    ffi::{c_int, c_void},
    seq_file::SeqFile,
    seq_print,
};

klp::livepatch! {
    name: "livepatch_sample",
    authors: ["klp-rs"],
    description: "Kernel Live Patching Sample Module",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: The prototype is the original's; seq_read() calls with a valid `struct
            // seq_file` that it has locked, and a `SeqFile` is one.
            unsafe cmdline_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => livepatch_cmdline_proc_show,
        ],
    ],
}

fn livepatch_cmdline_proc_show(m: &SeqFile, _v: *mut c_void) -> c_int {
    seq_print!(m, "this has been live patched\n");
    0
}
