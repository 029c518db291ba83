// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: an object is listed twice; put its functions into one list

klp::livepatch! {
    name: "object_twice",
    license: "GPL",
    objects: [
        "some_module" => [ // here
            // SAFETY: Never compiled.
            unsafe some_function() => replacement,
        ],
        "some_module" => [ // here
            // SAFETY: Never compiled.
            unsafe other_function() => other,
        ],
        vmlinux => [], // here
        "other_module" => [],
        vmlinux => [], // here
    ],
}

fn replacement() {}

fn other() {}
