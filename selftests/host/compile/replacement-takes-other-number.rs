// SPDX-License-Identifier: GPL-2.0
// error: the replacement takes `(i32, i32)`, but `livepatch!` declares the function with `(i32,)`

use kernel::ffi::*;

klp::livepatch! {
    name: "replacement_takes_other_number",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function(a: c_int) => replacement, // here
        ],
    ],
}

fn replacement(_a: c_int, _b: c_int) {}
