// SPDX-License-Identifier: GPL-2.0

//! Patches with three objects, whose callbacks report what they are called for.

use kernel::{
    ffi::{c_int, c_long, c_void},
    seq_file::SeqFile,
    seq_print,
};

/// Replaces `cmdline_proc_show()`.
pub(crate) fn cmdline(m: &SeqFile, _v: *mut c_void) -> c_int {
    seq_print!(m, "cmdline by objects\n");
    0
}

/// Replaces `klp_test_add()`.
pub(crate) fn scale(a: c_long, b: c_long) -> c_long {
    a.wrapping_mul(100).wrapping_add(b)
}

macro_rules! patch_of_objects {
    ($name:literal, $description:literal, $states:tt) => {
        use kernel::{
            ffi::{c_int, c_long, c_void},
            seq_file::SeqFile,
        };
        use objects::{cmdline, scale};
        use states::{add, Reported};

        patch!($name, $description, $states, [
            vmlinux with Reported => [
                // SAFETY: The prototype is the original's; seq_read() calls with a valid, locked file.
                unsafe cmdline_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => cmdline,
            ],
            "klp_test_target" with Reported => [
                // SAFETY: The prototype is the original's, and its caller prints the result.
                unsafe klp_test_add(a: c_long, b: c_long) -> c_long => scale,
            ],
            "klp_test_callee" with Reported => [
                // SAFETY: As above.
                unsafe klp_test_marked(a: c_long, b: c_long) -> c_long => add,
            ],
        ]);
    };
}
