// SPDX-License-Identifier: GPL-2.0
// error: an object is vmlinux, without quotes, or a module's name in quotes: that of its file without '.ko'

klp::livepatch! {
    name: "module_name_with_hyphen",
    license: "GPL",
    objects: [
        "snd-hda-intel" => [ // here
            // SAFETY: Never compiled.
            unsafe some_function() => replacement,
        ],
    ],
}

fn replacement() {}
