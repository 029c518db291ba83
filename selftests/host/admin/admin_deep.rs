// SPDX-License-Identifier: GPL-2.0

//! A patch of a function that a task sleeps in, and of one that another patch replaces, too.

use core::hint::black_box;
use kernel::{
    ffi::{c_int, c_void},
    seq_file::SeqFile,
    seq_print,
};

extern "C" {
    /// Sleeps until "release" is written, see `system.c`.
    fn klp_test_wait();
}

klp::livepatch! {
    name: "admin_deep",
    description: "A patch of two functions",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: The prototype is the original's; seq_read() calls with a valid, locked file.
            unsafe cmdline_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => admin_deep_cmdline,
        ],
        "klp_test_target" => [
            // SAFETY: The prototype is the original's, and its caller, which prints what it is
            // given, may sleep.
            unsafe klp_test_nap() -> c_int => admin_deep_nap,
        ],
    ],
}

fn admin_deep_cmdline(m: &SeqFile, _v: *mut c_void) -> c_int {
    seq_print!(m, "deep\n");
    0
}

fn admin_deep_nap() -> c_int {
    // SAFETY: The function may be called wherever sleeping is allowed.
    unsafe { klp_test_wait() };
    black_box(42)
}
