// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: `some_function` takes an argument that is neither an integer nor a pointer

klp::livepatch! {
    name: "slice_argument",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function(a: &[u8]) => replacement, // here
        ],
    ],
}

fn replacement(_: &[u8]) {}
