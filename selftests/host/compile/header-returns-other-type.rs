// SPDX-License-Identifier: GPL-2.0
// error: the patch declares `i32` where the kernel's header has `usize`

use kernel::ffi::*;

klp::livepatch! {
    name: "header_returns_other_type",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe msleep_interruptible(msecs: c_uint) -> c_int => replacement, // here
        ],
    ],
}

fn replacement(_msecs: c_uint) -> c_int {
    0
}
