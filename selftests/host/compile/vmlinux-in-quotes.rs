// SPDX-License-Identifier: GPL-2.0
// error: write vmlinux without quotes

klp::livepatch! {
    name: "vmlinux_in_quotes",
    license: "GPL",
    objects: [
        "vmlinux" => [
            // SAFETY: Never compiled.
            unsafe some_function() => replacement,
        ],
    ],
}

fn replacement() {}
