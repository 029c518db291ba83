// SPDX-License-Identifier: GPL-2.0

//! Two functions of the kernel in one object.

use kernel::{
    ffi::{c_int, c_void},
    seq_file::SeqFile,
    seq_print,
};

klp::livepatch! {
    name: "klp_test_two",
    description: "Two functions of the kernel",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: The prototype is the original's; seq_read() calls with a valid, locked file.
            unsafe cmdline_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => klp_test_two_cmdline,
            // SAFETY: As above.
            unsafe version_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => klp_test_two_version,
        ],
    ],
}

fn klp_test_two_cmdline(m: &SeqFile, _v: *mut c_void) -> c_int {
    seq_print!(m, "cmdline by two\n");
    0
}

fn klp_test_two_version(m: &SeqFile, _v: *mut c_void) -> c_int {
    seq_print!(m, "version by two\n");
    0
}
