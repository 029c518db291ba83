// SPDX-License-Identifier: GPL-2.0
// error: => replacement, // here | | ^^^^^^^^^^^ the replacement's arguments differ from the declared ones

use kernel::ffi::*;

klp::livepatch! {
    name: "replacement_takes_other_type",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function(a: c_int) => replacement, // here
        ],
    ],
}

fn replacement(_a: c_uint) {}
