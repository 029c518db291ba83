// SPDX-License-Identifier: GPL-2.0

//! Livepatch test: livepatch module

use kernel::{
    ffi::{c_int, c_void},
    seq_file::SeqFile,
    seq_print,
};

klp::livepatch! {
    name: "test_klp_livepatch",
    description: "Livepatch test: livepatch module",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: The prototype is the original's; seq_read() calls with a valid, locked file.
            unsafe cmdline_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => livepatch_cmdline_proc_show,
        ],
    ],
}

fn livepatch_cmdline_proc_show(m: &SeqFile, _v: *mut c_void) -> c_int {
    seq_print!(m, "test_klp_livepatch: this has been live patched\n");
    0
}
