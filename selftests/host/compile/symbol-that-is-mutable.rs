// SPDX-License-Identifier: GPL-2.0
// error: symbols!: this is neither `static NAME: TYPE;` nor

use kernel::ffi::*;

klp::symbols! {
    vmlinux => {
        static mut thing: c_int; // here
    },
}

klp::livepatch! {
    name: "symbol_that_is_mutable",
    license: "GPL",
    objects: [],
}
