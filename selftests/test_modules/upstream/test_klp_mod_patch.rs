// SPDX-License-Identifier: GPL-2.0

//! Livepatch test: patch for module-provided function

use kernel::{
    ffi::{c_int, c_void},
    seq_file::SeqFile,
    seq_print,
};

klp::livepatch! {
    name: "test_klp_mod_patch",
    description: "Livepatch test: patch for module-provided function",
    license: "GPL",
    objects: [
        "test_klp_mod_target" => [
            // SAFETY: The prototype is the original's; seq_read() calls with a valid, locked file.
            unsafe test_klp_mod_target_show(m: &SeqFile, v: *mut c_void) -> c_int => livepatch_mod_target_show,
        ],
    ],
}

fn livepatch_mod_target_show(m: &SeqFile, _v: *mut c_void) -> c_int {
    seq_print!(m, "test_klp_mod_patch: this has been live patched\n");
    0
}
