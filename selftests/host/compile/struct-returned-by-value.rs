// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: `some_function` returns what is neither an integer nor a pointer

klp::livepatch! {
    name: "struct_returned_by_value",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function() -> Struct => replacement, // here
        ],
    ],
}

#[repr(C)]
struct Struct(u8, u64);

fn replacement() -> Struct {
    Struct(0, 0)
}
