// SPDX-License-Identifier: GPL-2.0
// error: a reference in the prototype of `seq_write` is to something of another size

use kernel::ffi::*;

klp::livepatch! {
    name: "header_points_at_other_size",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe seq_write(seq: &c_int, data: *const c_void, len: usize) -> c_int => replacement,
        ],
    ],
}

fn replacement(_: &c_int, _: *const c_void, _: usize) -> c_int {
    0
}
