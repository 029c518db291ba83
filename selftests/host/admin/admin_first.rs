// SPDX-License-Identifier: GPL-2.0

//! A patch that says what it fixes.

use kernel::{
    ffi::{c_int, c_void},
    seq_file::SeqFile,
    seq_print,
};

klp::livepatch! {
    name: "admin_first",
    description: "A patch that says what it fixes",
    license: "GPL",
    version: "1.0",
    fixes: ["CVE-2026-1111", "CVE-2026-2222"],
    expires: "2199-12-31",
    objects: [
        vmlinux => [
            // SAFETY: The prototype is the original's; seq_read() calls with a valid, locked file.
            unsafe cmdline_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => admin_first_cmdline,
        ],
    ],
}

fn admin_first_cmdline(m: &SeqFile, _v: *mut c_void) -> c_int {
    seq_print!(m, "first\n");
    0
}
