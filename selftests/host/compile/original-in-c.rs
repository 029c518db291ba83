// SPDX-License-Identifier: GPL-2.0
// error: a replacement in C is not given the original of `some_function`

use kernel::ffi::*;

klp::livepatch! {
    name: "original_in_c",
    license: "GPL",
    objects: [
        vmlinux => [
            #[original]
            // SAFETY: Never compiled.
            unsafe some_function(a: c_int) -> c_int => extern "C" replacement, // here
        ],
    ],
}
