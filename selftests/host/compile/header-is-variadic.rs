// SPDX-License-Identifier: GPL-2.0
// error: seq_file, *const u8, ...)>` -->

use kernel::{bindings::seq_file, ffi::*};

klp::livepatch! {
    name: "header_is_variadic",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe seq_printf(m: *mut seq_file, f: *const c_char) => replacement, // here
        ],
    ],
}

fn replacement(_: *mut seq_file, _: *const c_char) {}
