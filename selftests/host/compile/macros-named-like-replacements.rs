// SPDX-License-Identifier: GPL-2.0

//! The macro makes macros of these names, where the author's are not in the way.

use kernel::{ffi::*, prelude::*};

#[allow(unused_macros)]
macro_rules! mine {
    () => {};
}

klp::livepatch! {
    name: "macros_named_like_replacements",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never loaded.
            unsafe first_function(a: c_int) => mine,
            // SAFETY: Never loaded.
            unsafe second_function(a: *mut c_void, b: &'static [c_int; 3]) -> c_long => pr_info,
            // SAFETY: Never loaded.
            unsafe third_function() => line,
            // SAFETY: Never loaded.
            unsafe "fourth.part.0"() => extern "C" assert,
        ],
    ],
    states: [Mine, Other],
}

fn mine(_a: c_int) {}

fn pr_info(_a: *mut c_void, _b: &'static [c_int; 3]) -> c_long {
    0
}

fn line() {}

struct Mine;

#[vtable]
impl klp::State for Mine {
    const ID: usize = 1;
    const VERSION: u32 = 1;
    type Data = u32;

    fn setup() -> Result<u32> {
        Err(EINVAL)
    }
}

struct Other;

#[vtable]
impl klp::State for Other {
    const ID: usize = 2;
    const VERSION: u32 = 1;
    type Data = u32;

    fn setup() -> Result<u32> {
        Err(EINVAL)
    }
}
