// SPDX-License-Identifier: GPL-2.0

//! Replacements whose prototypes are wrong, each in another way. Names in quotes are not compared
//! with the kernel's header while this compiles.

use kernel::{bindings, ffi, prelude::*};

/// What nobody but this file knows.
pub struct Wrapper(#[allow(dead_code)] KVec<u8>, #[allow(dead_code)] u8);

klp::livepatch! {
    name: "klp_test_mismatch",
    description: "Wrong prototypes",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never loaded.
            unsafe "cmdline_proc_show"(m: *mut bindings::seq_file) -> ffi::c_int => mismatch_number,
            // SAFETY: Never loaded.
            unsafe "meminfo_proc_show"(m: *mut bindings::seq_file, v: u32) -> ffi::c_int => mismatch_kind,
            // SAFETY: Never loaded.
            unsafe "version_proc_show"(m: *mut bindings::seq_file, v: *mut ffi::c_void) -> u64 => mismatch_size,
            // SAFETY: Never loaded.
            unsafe "uptime_proc_show"(m: *mut bindings::seq_file, v: *mut ffi::c_void) -> u32 => mismatch_sign,
            // SAFETY: Never loaded.
            unsafe "loadavg_proc_show"(m: *mut bindings::file, v: *mut ffi::c_void) -> ffi::c_int => mismatch_struct,
            // SAFETY: Never loaded.
            unsafe "devinfo_show"(m: &Wrapper, v: *mut ffi::c_void) -> ffi::c_int => mismatch_unknown,
        ],
    ],
}

fn mismatch_number(_m: *mut bindings::seq_file) -> ffi::c_int {
    1
}

fn mismatch_kind(_m: *mut bindings::seq_file, _v: u32) -> ffi::c_int {
    2
}

fn mismatch_size(_m: *mut bindings::seq_file, _v: *mut ffi::c_void) -> u64 {
    3
}

fn mismatch_sign(_m: *mut bindings::seq_file, _v: *mut ffi::c_void) -> u32 {
    4
}

fn mismatch_struct(_m: *mut bindings::file, _v: *mut ffi::c_void) -> ffi::c_int {
    5
}

fn mismatch_unknown(_m: &Wrapper, _v: *mut ffi::c_void) -> ffi::c_int {
    6
}
