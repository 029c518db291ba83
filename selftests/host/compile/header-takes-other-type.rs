// SPDX-License-Identifier: GPL-2.0
// error: unsafe msleep(msecs: c_ulong) => replacement, // here | | ^^^^^^ the declaration differs from the kernel header's

use kernel::ffi::*;

klp::livepatch! {
    name: "header_takes_other_type",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe msleep(msecs: c_ulong) => replacement, // here
        ],
    ],
}

fn replacement(_msecs: c_ulong) {}
