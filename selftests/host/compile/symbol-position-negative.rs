// SPDX-License-Identifier: GPL-2.0
// error: the trait bound `usize: Neg` is not satisfied

use kernel::ffi::*;

klp::symbols! {
    vmlinux => {
        #[sympos(-1)] // here
        static thing: c_int;
    },
}

klp::livepatch! {
    name: "symbol_position_negative",
    license: "GPL",
    objects: [],
}
