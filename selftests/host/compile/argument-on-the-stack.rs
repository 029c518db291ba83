// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: `some_function` takes an argument larger than 16 bytes

use kernel::ffi::*;

klp::livepatch! {
    name: "argument_on_the_stack",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function(a: Large) => replacement, // here
        ],
    ],
}

#[repr(C)]
struct Large([c_ulong; 3]);

fn replacement(_: Large) {}
