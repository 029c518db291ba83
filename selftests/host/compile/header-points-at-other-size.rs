// SPDX-License-Identifier: GPL-2.0
// error: a reference in a declaration is to something of another size than

use kernel::ffi::*;

klp::livepatch! {
    name: "header_points_at_other_size",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe seq_write(seq: &c_int, data: *const c_void, len: usize) -> c_int => replacement, // here
        ],
    ],
}

fn replacement(_: &c_int, _: *const c_void, _: usize) -> c_int {
    0
}
