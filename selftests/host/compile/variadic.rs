// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: `some_function` is variadic, which a replacement cannot be

use kernel::ffi::*;

klp::livepatch! {
    name: "variadic",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function(format: *const c_char, ...) -> c_int => replacement, // here
        ],
    ],
}

fn replacement(_format: *const c_char) -> c_int {
    0
}
