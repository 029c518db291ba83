// SPDX-License-Identifier: GPL-2.0
// error: the replacement takes `(Original<fn(isize) -> i32>, i32)`, but `livepatch!` declares the function with `(Original<fn(i32) -> i32>, i32)`

use kernel::ffi::*;

klp::livepatch! {
    name: "original_of_other_type",
    license: "GPL",
    objects: [
        vmlinux => [
            #[original]
            // SAFETY: Never compiled.
            unsafe some_function(a: c_int) -> c_int => replacement, // here
        ],
    ],
}

fn replacement(original: klp::Original<fn(c_long) -> c_int>, _a: c_int) -> c_int {
    original.call(0)
}
