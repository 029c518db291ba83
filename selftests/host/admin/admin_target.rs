// SPDX-License-Identifier: GPL-2.0

//! A patch of a module of the kernel's.

use kernel::{bindings::net_device, ffi::c_int};

klp::livepatch! {
    name: "admin_target",
    description: "A patch of a module of the kernel's",
    license: "GPL",
    objects: [
        "dummy" => [
            // SAFETY: The prototype is the original's, and its caller can do with an error.
            unsafe dummy_change_carrier(dev: *mut net_device, new_carrier: bool) -> c_int => admin_refuses,
        ],
    ],
}

fn admin_refuses(_dev: *mut net_device, _new_carrier: bool) -> c_int {
    -22
}
