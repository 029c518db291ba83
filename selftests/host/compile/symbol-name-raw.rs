// SPDX-License-Identifier: GPL-2.0
// error: symbols!: write `r#type` as a string

use kernel::ffi::*;

klp::symbols! {
    vmlinux => {
        static r#type: c_int;
    },
}

klp::livepatch! {
    name: "symbol_name_raw",
    license: "GPL",
    objects: [],
}
