// SPDX-License-Identifier: GPL-2.0
// error: uses type `Struct`, which is not FFI-safe

klp::livepatch! {
    name: "struct_not_laid_out_as_c",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function(a: Struct) => replacement, // here
        ],
    ],
}

struct Struct(u8, u64);

// SAFETY: Wrong, as it has no `repr(C)`.
unsafe impl klp::InRegisters for Struct {}

fn replacement(_: Struct) {}
