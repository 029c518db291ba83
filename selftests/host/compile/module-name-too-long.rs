// SPDX-License-Identifier: GPL-2.0
// error: an object is vmlinux, without quotes, or a module's name in quotes: that of its file without '.ko'

klp::livepatch! {
    name: "module_name_too_long",
    license: "GPL",
    objects: [
        "mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm" => [ // here
            // SAFETY: Never compiled.
            unsafe some_function() => replacement,
        ],
    ],
}

fn replacement() {}
