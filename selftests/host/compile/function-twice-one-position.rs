// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: the function `some_function` is listed twice in `vmlinux`; functions that share a name need a `#[sympos(N)]` each

klp::livepatch! {
    name: "function_twice_one_position",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function() => replacement,
            // SAFETY: Never compiled.
            #[sympos(2)]
            unsafe some_function() => other, // here
        ],
    ],
}

fn replacement() {}

fn other() {}
