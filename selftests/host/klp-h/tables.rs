// SPDX-License-Identifier: GPL-2.0

//! Replacements in C that use what neither the kernel nor the module exports.

use kernel::{
    bindings,
    ffi::{c_int, c_void},
};

klp::livepatch! {
    name: "klp_test_c",
    description: "Unexported symbols in C",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: The prototype is the original's.
            unsafe version_proc_show(m: *mut bindings::seq_file, v: *mut c_void) -> c_int => extern "C" fix_version_proc_show,
        ],
        "dummy" => [
            // SAFETY: The prototype is the original's.
            unsafe "dummy_change_carrier"(dev: *mut bindings::net_device, new_carrier: bool) -> c_int => extern "C" fix_dummy_change_carrier,
        ],
    ],
}
