// SPDX-License-Identifier: GPL-2.0
// error: symbols!: this is neither `static NAME: TYPE;` nor

use kernel::ffi::*;

klp::symbols! {
    vmlinux => {
        fn print(format: *const c_char, ...) -> c_int; // here
    },
}

klp::livepatch! {
    name: "symbol_variadic",
    license: "GPL",
    objects: [],
}
