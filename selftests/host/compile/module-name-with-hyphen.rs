// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: no module is named `snd-hda-intel`; modules have '_' where their files have '-'

klp::livepatch! {
    name: "module_name_with_hyphen",
    license: "GPL",
    objects: [
        "snd-hda-intel" => [
            // SAFETY: Never compiled.
            unsafe some_function() => replacement,
        ],
    ],
}

fn replacement() {}
