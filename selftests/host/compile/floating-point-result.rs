// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: `some_function` returns a floating-point value

klp::livepatch! {
    name: "floating_point_result",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function() -> f32 => replacement, // here
        ],
    ],
}

fn replacement() -> f32 {
    0.0
}
