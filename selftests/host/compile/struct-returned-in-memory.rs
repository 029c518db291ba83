// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: `some_function` returns a struct in memory

use kernel::ffi::*;

klp::livepatch! {
    name: "struct_returned_in_memory",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function() -> Large => replacement, // here
        ],
    ],
}

#[repr(C)]
struct Large([c_ulong; 3]);

fn replacement() -> Large {
    Large([0; 3])
}
