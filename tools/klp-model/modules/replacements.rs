// SPDX-License-Identifier: GPL-2.0

//! What the patches of the model replace functions with: all answer with the number of the patch.

#![allow(dead_code, unused_imports)] // no patch uses all of it

use crate::NUMBER;
use core::hint::black_box;
pub(crate) use kernel::{
    ffi::{c_int, c_long, c_void},
    seq_file::SeqFile,
    seq_print,
};

extern "C" {
    fn klp_test_wait();
}

/// `struct klp_test_owner`
#[repr(C)]
pub(crate) struct Owner {
    number: c_int,
}

pub(crate) fn model_touch(owner: &Owner) -> c_int {
    owner.number.wrapping_add(100 * NUMBER)
}

pub(crate) fn model_start(owner: &Owner) -> c_int {
    model_touch(owner)
}

pub(crate) fn model_hold() -> c_int {
    // SAFETY: The function may be called wherever sleeping is allowed.
    unsafe { klp_test_wait() };
    black_box(NUMBER)
}

pub(crate) fn model_add(_a: c_long, _b: c_long) -> c_long {
    100 * NUMBER as c_long
}

pub(crate) fn model_version(m: &SeqFile, _v: *mut c_void) -> c_int {
    seq_print!(m, "model {NUMBER}\n");
    0
}

pub(crate) fn model_cmdline(m: &SeqFile, v: *mut c_void) -> c_int {
    model_version(m, v)
}
