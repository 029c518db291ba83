// SPDX-License-Identifier: GPL-2.0

//! A cumulative patch that drops a fix, and whose last day is over.

use kernel::{
    ffi::{c_int, c_void},
    seq_file::SeqFile,
    seq_print,
};

klp::livepatch! {
    name: "admin_next",
    description: "A cumulative patch that drops a fix",
    license: "GPL",
    version: "2.0",
    fixes: ["CVE-2026-1111"],
    expires: "2020-02-29",
    objects: [
        vmlinux => [
            // SAFETY: The prototype is the original's; seq_read() calls with a valid, locked file.
            unsafe cmdline_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => admin_next_cmdline,
        ],
    ],
    replace: true,
}

fn admin_next_cmdline(m: &SeqFile, _v: *mut c_void) -> c_int {
    seq_print!(m, "next\n");
    0
}
