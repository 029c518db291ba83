// SPDX-License-Identifier: GPL-2.0
// error: ` is too long; it must be shorter than MODULE_NAME_LEN

klp::livepatch! {
    name: "module_name_too_long",
    license: "GPL",
    objects: [
        "mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm" => [
            // SAFETY: Never compiled.
            unsafe some_function() => replacement,
        ],
    ],
}

fn replacement() {}
