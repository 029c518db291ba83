// SPDX-License-Identifier: GPL-2.0

//! One function of the kernel, cumulative if the parameter says so.

use kernel::{
    ffi::{c_int, c_void},
    seq_file::SeqFile,
    seq_print,
};

klp::parameters! {
    replace: bool { default: false, mode: 0, description: "Replace all patches in force" },
}

klp::livepatch! {
    name: "klp_test_version",
    description: "One function of the kernel, cumulative or not",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: The prototype is the original's; seq_read() calls with a valid, locked file.
            unsafe version_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => klp_test_version_show,
        ],
    ],
    replace: parameters::replace.get(),
}

fn klp_test_version_show(m: &SeqFile, _v: *mut c_void) -> c_int {
    seq_print!(m, "version by version\n");
    0
}
