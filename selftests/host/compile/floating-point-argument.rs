// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: `some_function` takes a floating-point argument

klp::livepatch! {
    name: "floating_point_argument",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function(a: f64) => replacement, // here
        ],
    ],
}

fn replacement(_: f64) {}
