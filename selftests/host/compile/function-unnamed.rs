// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: a function has an empty name

klp::livepatch! {
    name: "function_unnamed",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe ""() => replacement, // here
        ],
    ],
}

fn replacement() {}
