// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: no function is named `some function`

klp::livepatch! {
    name: "function_name_with_space",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe "some function"() => replacement, // here
        ],
    ],
}

fn replacement() {}
