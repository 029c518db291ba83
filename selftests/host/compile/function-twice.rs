// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: the function `some_function` is listed twice in `vmlinux`

klp::livepatch! {
    name: "function_twice",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function() => replacement,
            // SAFETY: Never compiled.
            unsafe some_function() => other, // here
        ],
    ],
}

fn replacement() {}

fn other() {}
