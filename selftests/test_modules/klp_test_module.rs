// SPDX-License-Identifier: GPL-2.0

//! Functions of a module: arguments and results of many kinds, and one of two functions of one
//! name.

use kernel::ffi::{c_int, c_long, c_ulong, c_void};

/// `struct klp_test_pair` of the target.
#[repr(C)]
struct Pair {
    first: c_ulong,
    second: c_ulong,
}

// SAFETY: `repr(C)`, not packed, two integers.
unsafe impl klp::InRegisters for Pair {}

klp::livepatch! {
    name: "klp_test_module",
    description: "Functions of a module",
    license: "GPL",
    objects: [
        "klp_test_target" => [
            // SAFETY: The prototype is the original's, and its caller prints what it is given.
            unsafe klp_test_add(a: c_long, b: c_long) -> c_long => sub,
            // SAFETY: As above.
            unsafe klp_test_six(
                a: i8, b: u16, c: c_int, d: c_ulong, e: *mut c_void, f: bool,
            ) -> c_long => six,
            // SAFETY: As above; a `Pair` is a `struct klp_test_pair`.
            unsafe klp_test_pair(first: c_ulong, second: c_ulong) -> Pair => swap,
            #[sympos(2)]
            // SAFETY: As above.
            unsafe klp_test_twin() -> c_int => twin,
        ],
    ],
}

fn sub(a: c_long, b: c_long) -> c_long {
    a.wrapping_sub(b)
}

fn six(a: i8, b: u16, c: c_int, d: c_ulong, e: *mut c_void, f: bool) -> c_long {
    let all_intact = (a, b, c, d, e.addr(), f) == (-1, 65535, -2, 1 << 40, 4, true);
    if all_intact {
        6
    } else {
        0
    }
}

fn swap(first: c_ulong, second: c_ulong) -> Pair {
    Pair {
        first: second,
        second: first,
    }
}

fn twin() -> c_int {
    20
}
