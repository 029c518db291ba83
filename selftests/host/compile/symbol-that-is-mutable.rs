// SPDX-License-Identifier: GPL-2.0
// error: symbols!: this does not begin with `static NAME: TYPE;`

use kernel::ffi::*;

klp::symbols! {
    vmlinux => {
        static mut thing: c_int;
    },
}

klp::livepatch! {
    name: "symbol_that_is_mutable",
    license: "GPL",
    objects: [],
}
