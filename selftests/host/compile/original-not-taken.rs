// SPDX-License-Identifier: GPL-2.0
// error: the replacement takes `(i32,)`, but `livepatch!` declares the function with `(Original<fn(i32) -> i32>, i32)`

use kernel::ffi::*;

klp::livepatch! {
    name: "original_not_taken",
    license: "GPL",
    objects: [
        vmlinux => [
            #[original]
            // SAFETY: Never compiled.
            unsafe some_function(a: c_int) -> c_int => replacement, // here
        ],
    ],
}

fn replacement(a: c_int) -> c_int {
    a
}
