// SPDX-License-Identifier: GPL-2.0

//! Replacements that call what the same patch replaces, and one that only may be called itself.

use kernel::{
    bindings,
    ffi::{c_int, c_void},
};

klp::symbols! {
    vmlinux => {
        fn cmdline_proc_show(m: *mut bindings::seq_file, v: *mut c_void) -> c_int;
        fn version_proc_show(m: *mut bindings::seq_file, v: *mut c_void) -> c_int;
        fn uptime_proc_show(m: *mut bindings::seq_file, v: *mut c_void) -> c_int;
        fn loadavg_proc_show(m: *mut bindings::seq_file, v: *mut c_void) -> c_int;
    },
}

klp::livepatch! {
    name: "klp_test_calls_itself",
    description: "Replacements that call themselves by the original's name",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never loaded.
            unsafe "cmdline_proc_show"(m: *mut bindings::seq_file, v: *mut c_void) -> c_int => itself,
            // SAFETY: Never loaded.
            unsafe "version_proc_show"(m: *mut bindings::seq_file, v: *mut c_void) -> c_int => one_of_two,
            // SAFETY: Never loaded.
            unsafe "uptime_proc_show"(m: *mut bindings::seq_file, v: *mut c_void) -> c_int => the_other,
            // SAFETY: Never loaded.
            unsafe "loadavg_proc_show"(m: *mut bindings::seq_file, v: *mut c_void) -> c_int => called_by_another,
            // SAFETY: Never loaded.
            unsafe "meminfo_proc_show"(m: *mut bindings::seq_file, v: *mut c_void) -> c_int => calls_another,
            // SAFETY: Never loaded.
            unsafe "seq_putc"(m: *mut bindings::seq_file, c: kernel::ffi::c_char) => exported,
        ],
    ],
}

/// Through a function of its own.
fn itself(m: *mut bindings::seq_file, v: *mut c_void) -> c_int {
    in_between(m, v) ^ 1
}

#[inline(never)]
fn in_between(m: *mut bindings::seq_file, v: *mut c_void) -> c_int {
    // SAFETY: Never loaded.
    unsafe { cmdline_proc_show(m, v) ^ 1 }
}

fn one_of_two(m: *mut bindings::seq_file, v: *mut c_void) -> c_int {
    // SAFETY: Never loaded.
    unsafe { uptime_proc_show(m, v) ^ 1 }
}

fn the_other(m: *mut bindings::seq_file, v: *mut c_void) -> c_int {
    // SAFETY: Never loaded.
    unsafe { version_proc_show(m, v) ^ 1 }
}

fn called_by_another(_m: *mut bindings::seq_file, _v: *mut c_void) -> c_int {
    0
}

fn calls_another(m: *mut bindings::seq_file, v: *mut c_void) -> c_int {
    // SAFETY: Never loaded.
    unsafe { loadavg_proc_show(m, v) ^ 1 }
}

fn exported(m: *mut bindings::seq_file, c: kernel::ffi::c_char) {
    // SAFETY: Never loaded.
    unsafe { bindings::seq_putc(m, c) };
}
