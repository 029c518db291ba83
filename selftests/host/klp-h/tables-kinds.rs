// SPDX-License-Identifier: GPL-2.0

//! Unexported symbols that C declares as something else, each in another way, and some that are right.

use kernel::{
    bindings,
    ffi::{c_int, c_void},
};

klp::livepatch! {
    name: "klp_test_c_kinds",
    description: "Unexported symbols of the wrong kinds",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never loaded.
            unsafe version_proc_show(m: *mut bindings::seq_file, v: *mut c_void) -> c_int => extern "C" kinds_show,
        ],
    ],
}
