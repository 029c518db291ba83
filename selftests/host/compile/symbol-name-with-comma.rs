// SPDX-License-Identifier: GPL-2.0
// error: symbols!: no symbol is named `thing,0`

use kernel::ffi::*;

klp::symbols! {
    vmlinux => {
        #[link_name = "thing,0"]
        static thing: c_int;
    },
}

klp::livepatch! {
    name: "symbol_name_with_comma",
    license: "GPL",
    objects: [],
}
