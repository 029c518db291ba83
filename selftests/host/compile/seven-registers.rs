// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: `some_function` takes more than six integer arguments

use kernel::ffi::*;

klp::livepatch! {
    name: "seven_registers",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function(a: c_int, b: c_int, c: c_int, d: c_int, e: c_int, f: Pair) => replacement, // here
        ],
    ],
}

#[repr(C)]
struct Pair(c_ulong, c_ulong);

// SAFETY: `repr(C)`, not packed, two integers.
unsafe impl klp::InRegisters for Pair {}

fn replacement(_: c_int, _: c_int, _: c_int, _: c_int, _: c_int, _: Pair) {}
