// SPDX-License-Identifier: GPL-2.0

//! Replaces what has callers that do not see it: copies of it are in them, or they know what it returns. One has none.

use kernel::{bindings, ffi};

klp::livepatch! {
    name: "klp_test_relied_on",
    description: "Replaces what callers rely on",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: It is never loaded.
            unsafe seq_release(inode: *mut bindings::inode, file: *mut bindings::file) -> ffi::c_int => release,
            // SAFETY: As above.
            unsafe seq_lseek(file: *mut bindings::file, offset: bindings::loff_t, whence: ffi::c_int) -> bindings::loff_t => lseek,
        ],
        "e1000" => [
            // SAFETY: As above.
            unsafe e1000_update_itr(adapter: *mut ffi::c_void, itr: u16, packets: ffi::c_int, bytes: ffi::c_int) -> ffi::c_uint => update,
        ],
    ],
}

fn release(_inode: *mut bindings::inode, _file: *mut bindings::file) -> ffi::c_int {
    42
}

fn lseek(
    _file: *mut bindings::file,
    _offset: bindings::loff_t,
    _whence: ffi::c_int,
) -> bindings::loff_t {
    0
}

fn update(
    _adapter: *mut ffi::c_void,
    _itr: u16,
    _packets: ffi::c_int,
    _bytes: ffi::c_int,
) -> ffi::c_uint {
    1 << 20
}
