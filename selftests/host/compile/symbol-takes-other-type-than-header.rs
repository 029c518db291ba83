// SPDX-License-Identifier: GPL-2.0
// error: the patch declares `usize` where the kernel's header has `u32`

use kernel::ffi::*;

klp::symbols! {
    vmlinux => {
        fn msleep(msecs: c_ulong); // here
    },
}

klp::livepatch! {
    name: "symbol_takes_other_type_than_header",
    license: "GPL",
    objects: [],
}
