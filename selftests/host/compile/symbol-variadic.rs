// SPDX-License-Identifier: GPL-2.0
// error: symbols!: this does not begin with `static NAME: TYPE;`

use kernel::ffi::*;

klp::symbols! {
    vmlinux => {
        fn print(format: *const c_char, ...) -> c_int;
    },
}

klp::livepatch! {
    name: "symbol_variadic",
    license: "GPL",
    objects: [],
}
