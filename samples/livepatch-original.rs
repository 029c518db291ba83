// SPDX-License-Identifier: GPL-2.0

//! Original sample: `/proc/cmdline` says first that it is patched, and goes on as before.

use kernel::{
    ffi::{c_int, c_void},
    seq_file::SeqFile,
    seq_print,
};

klp::livepatch! {
    name: "livepatch_original",
    authors: ["klp-rs"],
    description: "Live patching demo for a replacement that calls the original",
    license: "GPL",
    objects: [
        vmlinux => [
            #[original]
            // SAFETY: The prototype is the original's; seq_read() calls with a valid `struct
            // seq_file` that it has locked, and a `SeqFile` is one. The original is given the same.
            unsafe cmdline_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => cmdline_after_note,
        ],
    ],
}

fn cmdline_after_note(
    original: klp::Original<fn(&SeqFile, *mut c_void) -> c_int>,
    m: &SeqFile,
    v: *mut c_void,
) -> c_int {
    seq_print!(m, "live patched: ");
    original.call(m, v)
}
