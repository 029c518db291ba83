// SPDX-License-Identifier: GPL-2.0

//! A function that does not exist, after one that does.

use kernel::{
    ffi::{c_int, c_void},
    seq_file::SeqFile,
    seq_print,
};

klp::livepatch! {
    name: "klp_test_missing",
    description: "A function that does not exist",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: The prototype is the original's; seq_read() calls with a valid, locked file.
            unsafe cmdline_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => cmdline,
            // SAFETY: There is no such function.
            unsafe klp_test_no_such_function() => nothing,
        ],
    ],
}

fn cmdline(m: &SeqFile, _v: *mut c_void) -> c_int {
    seq_print!(m, "cmdline by missing\n");
    0
}

fn nothing() {}
