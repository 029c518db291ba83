// SPDX-License-Identifier: GPL-2.0
// error: the replacement returns `bool`, but `livepatch!` declares the function to return `i32`

use kernel::ffi::*;

klp::livepatch! {
    name: "replacement_returns_other_type",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function() -> c_int => replacement,
        ],
    ],
}

fn replacement() -> bool {
    true
}
