// SPDX-License-Identifier: GPL-2.0

use kernel::ffi::{c_int, c_void};

klp::livepatch! {
    name: "unfinished",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never loaded.
            unsafe some_function() => replacement,
            // SAFETY: Never loaded.
            unsafe some_other(a: *mut c_void) -> c_int => other,
        ],
    ],
}

fn replacement() {
    klp::unfinished!()
}

fn other(_a: *mut c_void) -> c_int {
    klp::unfinished!(0)
}
