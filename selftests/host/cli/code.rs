// SPDX-License-Identifier: GPL-2.0

//! A replacement that calls a function of its module. selftests/host/cli.sh makes variants of it.

use kernel::{
    ffi::{c_int, c_void},
    seq_file::SeqFile,
    seq_print,
};

klp::livepatch! {
    name: "NAME",
    description: "A replacement that calls a function of its module",
    license: "GPL",
    objects: [
        vmlinux => [
            // MORE
            // SAFETY: Never loaded.
            unsafe cmdline_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => klp_test_show,
        ],
    ],
}

fn klp_test_show(m: &SeqFile, v: *mut c_void) -> c_int {
    seq_print!(m, "this has been live patched\n");
    scramble(v as usize as c_int)
}

#[inline(never)]
fn scramble(value: c_int) -> c_int {
    value.wrapping_mul(3).rotate_left(7) ^ 0x1234
}
