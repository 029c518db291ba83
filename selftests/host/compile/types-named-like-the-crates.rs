// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: `some_function` takes an argument larger than 16 bytes

klp::livepatch! {
    name: "types_named_like_the_crates",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function(a: Passed, b: &Kind) => replacement, // here
        ],
    ],
}

#[repr(C)]
struct Passed([u64; 8]);

#[repr(C)]
struct Kind(u64);

fn replacement(_: Passed, _: &Kind) {}

/// Not the one of `core`.
pub const fn size_of<T>() -> usize {
    8
}
