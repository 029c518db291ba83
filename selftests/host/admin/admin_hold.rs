// SPDX-License-Identifier: GPL-2.0

//! A patch of a function that a task sleeps in.

use kernel::ffi::c_int;

klp::livepatch! {
    name: "admin_hold",
    description: "A patch of a function that a task sleeps in",
    license: "GPL",
    objects: [
        "klp_test_system" => [
            // SAFETY: The prototype is the original's, and its caller prints what it is given.
            unsafe klp_test_hold() -> c_int => admin_hold,
        ],
    ],
}

fn admin_hold() -> c_int {
    7
}
