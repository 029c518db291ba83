// SPDX-License-Identifier: GPL-2.0
// error: this function takes 1 argument but 2 arguments were supplied

use kernel::ffi::*;

klp::livepatch! {
    name: "refused",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe msleep(msecs: c_uint, more: c_int) => replacement,
        ],
    ],
}

fn replacement(_msecs: c_uint, _more: c_int) {}
