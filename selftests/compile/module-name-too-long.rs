// SPDX-License-Identifier: GPL-2.0
// error: ` is too long; it must be shorter than MODULE_NAME_LEN

klp::livepatch! {
    name: "refused",
    license: "GPL",
    objects: [
        "mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm" => [
            // SAFETY: Never compiled.
            unsafe some_function() => replacement,
        ],
    ],
}

fn replacement() {}
