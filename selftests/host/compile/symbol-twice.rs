// SPDX-License-Identifier: GPL-2.0
// error: the name `thing` is defined multiple times

use kernel::ffi::*;

klp::symbols! {
    vmlinux => {
        static thing: c_int;
        #[sympos(2)]
        static thing: c_int;
    },
}

klp::livepatch! {
    name: "symbol_twice",
    license: "GPL",
    objects: [],
}
