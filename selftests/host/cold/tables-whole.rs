// SPDX-License-Identifier: GPL-2.0

//! A replacement in C that sleeps in what is rare.

use kernel::{
    bindings,
    ffi::{c_int, c_void},
};

klp::livepatch! {
    name: "klp_test_whole",
    description: "A replacement in C that sleeps",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: The prototype is the original's; where it may sleep is what the test is about.
            unsafe version_proc_show(m: *mut bindings::seq_file, v: *mut c_void) -> c_int => extern "C" whole_show,
        ],
    ],
}
