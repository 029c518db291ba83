// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: `some_function` takes more than six integer arguments

use kernel::ffi::*;

klp::livepatch! {
    name: "seven_arguments",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function(a: c_int, b: c_int, c: c_int, d: c_int, e: c_int, f: c_int, g: c_int) => replacement, // here
        ],
    ],
}

fn replacement(_: c_int, _: c_int, _: c_int, _: c_int, _: c_int, _: c_int, _: c_int) {}
