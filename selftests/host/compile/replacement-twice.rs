// SPDX-License-Identifier: GPL-2.0
// error: the name `replacement` is defined multiple times

klp::livepatch! {
    name: "replacement_twice",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function() => replacement, // here
            // SAFETY: Never compiled.
            unsafe other_function() => replacement,
        ],
    ],
}

fn replacement() {}
