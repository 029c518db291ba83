// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: `some_function` takes an argument that is neither an integer nor a pointer; a struct by value needs klp::InRegisters

klp::livepatch! {
    name: "struct_by_value",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function(a: Packed) => replacement, // here
        ],
    ],
}

#[repr(C, packed)]
struct Packed(u8, u64);

fn replacement(_: Packed) {}
