// SPDX-License-Identifier: GPL-2.0
// error: is declared extern "Rust"; the kernel calls what is extern "C"

klp::livepatch! {
    name: "replacement_neither_rust_nor_c",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function() => extern "Rust" replacement, // here
        ],
    ],
}
