// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: no module is named `e1000.ko`

klp::livepatch! {
    name: "module_name_with_suffix",
    license: "GPL",
    objects: [
        "e1000.ko" => [
            // SAFETY: Never compiled.
            unsafe some_function() => replacement,
        ],
    ],
}

fn replacement() {}
