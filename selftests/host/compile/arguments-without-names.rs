// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: the arguments of `some_function` are not `name: type, …`: _ : c_int

use kernel::ffi::*;

klp::livepatch! {
    name: "arguments_without_names",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function(_: c_int) => replacement, // here
        ],
    ],
}

fn replacement(_: c_int) {}
