// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: write `r#yield` as a string

klp::livepatch! {
    name: "function_name_raw",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe r#yield() => replacement, // here
        ],
    ],
}

fn replacement() {}
