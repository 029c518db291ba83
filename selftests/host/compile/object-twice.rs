// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: the object `some_module` is listed twice

klp::livepatch! {
    name: "object_twice",
    license: "GPL",
    objects: [
        "some_module" => [
            // SAFETY: Never compiled.
            unsafe some_function() => replacement,
        ],
        "some_module" => [
            // SAFETY: Never compiled.
            unsafe other_function() => other,
        ],
    ],
}

fn replacement() {}

fn other() {}
