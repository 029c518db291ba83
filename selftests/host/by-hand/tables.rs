// SPDX-License-Identifier: GPL-2.0

//! Replacements in C, two of which leave their own code in a jump.
use kernel::{
    bindings,
    ffi::{c_int, c_void},
};

klp::livepatch! {
    name: "by_hand",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: The prototype is the original's.
            unsafe version_proc_show(m: *mut bindings::seq_file, v: *mut c_void) -> c_int => extern "C" fix_tail,
            // SAFETY: As above.
            unsafe uptime_proc_show(m: *mut bindings::seq_file, v: *mut c_void) -> c_int => extern "C" fix_cold,
            // SAFETY: As above.
            unsafe loadavg_proc_show(m: *mut bindings::seq_file, v: *mut c_void) -> c_int => extern "C" fix_good,
        ],
    ],
}
