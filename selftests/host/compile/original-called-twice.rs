// SPDX-License-Identifier: GPL-2.0
// error: use of moved value: `original`

use kernel::ffi::*;

klp::livepatch! {
    name: "original_called_twice",
    license: "GPL",
    objects: [
        vmlinux => [
            #[original]
            // SAFETY: Never compiled.
            unsafe some_function(a: c_int) -> c_int => replacement,
        ],
    ],
}

fn replacement(original: klp::Original<fn(c_int) -> c_int>, a: c_int) -> c_int {
    original.call(a);
    original.call(a) // here
}
