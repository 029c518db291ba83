// SPDX-License-Identifier: GPL-2.0
// error: `#[original]` takes no arguments

use kernel::ffi::*;

klp::livepatch! {
    name: "original_with_arguments",
    license: "GPL",
    objects: [
        vmlinux => [
            #[original(once)]
            // SAFETY: Never compiled.
            unsafe some_function(a: c_int) -> c_int => replacement, // here
        ],
    ],
}

fn replacement(original: klp::Original<fn(c_int) -> c_int>, a: c_int) -> c_int {
    original.call(a)
}
