// SPDX-License-Identifier: GPL-2.0
// error: symbols!: no symbol has this name, which has neither spaces nor

use kernel::ffi::*;

klp::symbols! {
    vmlinux => {
        #[link_name = "thing,0"] // here
        static thing: c_int;
        #[link_name = ""] // here
        static nothing: c_int;
        #[link_name = "a function"] // here
        fn function();
        fn finished();
    },
}

klp::livepatch! {
    name: "symbol_name_with_comma",
    license: "GPL",
    objects: [],
}
