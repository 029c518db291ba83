// SPDX-License-Identifier: GPL-2.0

//! Replaces a function and the callers that rely on it. It has unexported symbols, so that it is linked before it is described.

use kernel::{bindings, ffi};

klp::symbols! {
    vmlinux => {
        fn get_taint() -> ffi::c_ulong;
    },
}

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
    // SAFETY: It is never called.
    unsafe { get_taint() as ffi::c_int }
}

fn release_private(inode: *mut bindings::inode, file: *mut bindings::file) -> ffi::c_int {
    release(inode, file)
}

fn release_single(inode: *mut bindings::inode, file: *mut bindings::file) -> ffi::c_int {
    release(inode, file)
}
