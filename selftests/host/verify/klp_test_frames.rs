// SPDX-License-Identifier: GPL-2.0

//! Replacements that take much of the stack, some of them too much.

use kernel::{
    bindings,
    ffi::{c_int, c_void},
};

klp::livepatch! {
    name: "klp_test_frames",
    description: "Large frames",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never loaded.
            unsafe "cmdline_proc_show"(m: *mut bindings::seq_file, v: *mut c_void) -> c_int => one_kib,
            // SAFETY: Never loaded.
            unsafe "version_proc_show"(m: *mut bindings::seq_file, v: *mut c_void) -> c_int => three_kib,
            // SAFETY: Never loaded.
            unsafe "uptime_proc_show"(m: *mut bindings::seq_file, v: *mut c_void) -> c_int => sixteen_kib,
            // SAFETY: Never loaded.
            unsafe "loadavg_proc_show"(m: *mut bindings::seq_file, v: *mut c_void) -> c_int => a_hundred_kib,
            // SAFETY: Never loaded.
            unsafe "meminfo_proc_show"(m: *mut bindings::seq_file, v: *mut c_void) -> c_int => aligned,
        ],
    ],
}

fn one_kib(_m: *mut bindings::seq_file, _v: *mut c_void) -> c_int {
    filled::<1024>()
}

fn three_kib(_m: *mut bindings::seq_file, _v: *mut c_void) -> c_int {
    filled::<3072>()
}

fn sixteen_kib(_m: *mut bindings::seq_file, _v: *mut c_void) -> c_int {
    filled::<16384>()
}

fn a_hundred_kib(_m: *mut bindings::seq_file, _v: *mut c_void) -> c_int {
    filled::<102400>()
}

fn filled<const N: usize>() -> c_int {
    let buffer = core::hint::black_box([1u8; N]);
    buffer[N / 2].into()
}

/// Which the compiler aligns the frame for.
#[repr(align(128))]
struct Aligned([u8; 9000]);

fn aligned(_m: *mut bindings::seq_file, _v: *mut c_void) -> c_int {
    let buffer = core::hint::black_box(Aligned([1u8; 9000]));
    buffer.0[4500].into()
}
