// SPDX-License-Identifier: GPL-2.0
// error: the patch declares `i32` where the kernel's header has `usize`

use kernel::ffi::*;

klp::symbols! {
    vmlinux => {
        static jiffies: c_int; // here
    },
}

klp::livepatch! {
    name: "symbol_of_other_type_than_header",
    license: "GPL",
    objects: [],
}
