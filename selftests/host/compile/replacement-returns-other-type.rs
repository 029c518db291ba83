// SPDX-License-Identifier: GPL-2.0
// error: => replacement, // here | | ^^^^^^^^^^^ the replacement's result differs from the declared one

use kernel::ffi::*;

klp::livepatch! {
    name: "replacement_returns_other_type",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function() -> c_int => replacement, // here
        ],
    ],
}

fn replacement() -> bool {
    true
}
