// SPDX-License-Identifier: GPL-2.0

//! Unexported symbols sample: `/proc/cmdline` also says what taints the kernel, which is in a
//! `static` variable of `kernel/panic.c`.

use core::ffi::CStr;
use kernel::{
    ffi::{c_char, c_int, c_ulong, c_void},
    prelude::*,
    seq_file::SeqFile,
    seq_print,
};

klp::symbols! {
    vmlinux => {
        static saved_command_line: *mut c_char;
        static tainted_mask: c_ulong;
    },
}

klp::livepatch! {
    name: "livepatch_symbols",
    authors: ["klp-rs"],
    description: "Live patching demo for unexported symbols of the kernel",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: The prototype is the original's; seq_read() calls with a valid `struct
            // seq_file` that it has locked, and a `SeqFile` is one.
            unsafe cmdline_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => cmdline_and_taint,
        ],
    ],
}

fn cmdline_and_taint(m: &SeqFile, _v: *mut c_void) -> c_int {
    // SAFETY: A `char *` in init/main.c, which is not written after boot; the string stays.
    let cmdline = unsafe { CStr::from_char_ptr(*saved_command_line.as_ptr()) };
    // SAFETY: An `unsigned long` in kernel/panic.c. The kernel only ever writes whole values.
    let taint = unsafe { tainted_mask.as_ptr().read_volatile() };
    seq_print!(m, "{cmdline} tainted={taint}\n");
    0
}
