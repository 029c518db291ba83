// SPDX-License-Identifier: GPL-2.0
// error: the patch declares `usize` where the kernel's header has `u32`

use kernel::ffi::*;

klp::livepatch! {
    name: "header_takes_other_type",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe msleep(msecs: c_ulong) => replacement,
        ],
    ],
}

fn replacement(_msecs: c_ulong) {}
