// SPDX-License-Identifier: GPL-2.0
// error: symbols!: no symbol has this name, which has neither spaces nor

use kernel::ffi::*;

klp::symbols! {
    vmlinux => {
        static r#type: c_int; // here
    },
}

klp::livepatch! {
    name: "symbol_name_raw",
    license: "GPL",
    objects: [],
}
