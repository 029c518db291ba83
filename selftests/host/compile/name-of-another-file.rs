// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: the name is not that of the module's file, `

klp::livepatch! {
    name: "another_file", // here
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function() => replacement,
        ],
    ],
}

fn replacement() {}
