// SPDX-License-Identifier: GPL-2.0
// error: the patch declares `*const i32` where the kernel's header has `*const c_void`

use kernel::ffi::*;

klp::livepatch! {
    name: "header_takes_other_pointer",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe kfree(object: *const c_int) => replacement, // here
        ],
    ],
}

fn replacement(_object: *const c_int) {}
