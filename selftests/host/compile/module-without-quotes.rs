// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: the object `e1000` is neither vmlinux nor a module's name in quotes

klp::livepatch! {
    name: "module_without_quotes",
    license: "GPL",
    objects: [
        e1000 => [
            // SAFETY: Never compiled.
            unsafe some_function() => replacement,
        ],
    ],
}

fn replacement() {}
