// SPDX-License-Identifier: GPL-2.0
// error: the patch declares `i32` where the kernel's header has

use kernel::ffi::c_int;

klp::livepatch! {
    name: "header_takes_other_type_than_c",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe kfree(objp: c_int) => extern "C" fix_kfree, // here
        ],
    ],
}
