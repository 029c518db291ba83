// SPDX-License-Identifier: GPL-2.0

//! Livepatch test: atomic replace

use kernel::{
    ffi::{c_int, c_void},
    seq_file::SeqFile,
    seq_print,
};

klp::parameters! {
    replace: bool { default: false, mode: 0o644, description: "replace (default=0)" },
}

klp::livepatch! {
    name: "test_klp_atomic_replace",
    description: "Livepatch test: atomic replace",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: The prototype is the original's; seq_read() calls with a valid, locked file.
            unsafe meminfo_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => livepatch_meminfo_proc_show,
        ],
    ],
    replace: parameters::replace.get(),
}

fn livepatch_meminfo_proc_show(m: &SeqFile, _v: *mut c_void) -> c_int {
    seq_print!(m, "test_klp_atomic_replace: this has been live patched\n");
    0
}
