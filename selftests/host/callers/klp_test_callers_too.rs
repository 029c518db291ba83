// SPDX-License-Identifier: GPL-2.0

//! Replaces a function and the callers that rely on it.

use kernel::{bindings, ffi};

klp::livepatch! {
    name: "klp_test_callers_too",
    description: "Replaces a function with its callers",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: It is never loaded.
            unsafe seq_release(inode: *mut bindings::inode, file: *mut bindings::file) -> ffi::c_int => release,
            // SAFETY: As above.
            unsafe seq_release_private(inode: *mut bindings::inode, file: *mut bindings::file) -> ffi::c_int => release_private,
            // SAFETY: As above.
            unsafe single_release(inode: *mut bindings::inode, file: *mut bindings::file) -> ffi::c_int => release_single,
        ],
    ],
}

fn release(_inode: *mut bindings::inode, _file: *mut bindings::file) -> ffi::c_int {
    42
}

fn release_private(inode: *mut bindings::inode, file: *mut bindings::file) -> ffi::c_int {
    release(inode, file)
}

fn release_single(inode: *mut bindings::inode, file: *mut bindings::file) -> ffi::c_int {
    release(inode, file)
}
