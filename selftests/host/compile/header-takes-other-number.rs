// SPDX-License-Identifier: GPL-2.0
// error: the patch declares a function of `(u32, i32)` where the kernel's header has

use kernel::ffi::*;

klp::livepatch! {
    name: "header_takes_other_number",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe msleep(msecs: c_uint, more: c_int) => replacement, // here
        ],
    ],
}

fn replacement(_msecs: c_uint, _more: c_int) {}
