// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: an object has an empty name

klp::livepatch! {
    name: "object_unnamed",
    license: "GPL",
    objects: [
        "" => [
            // SAFETY: Never compiled.
            unsafe some_function() => replacement,
        ],
    ],
}

fn replacement() {}
