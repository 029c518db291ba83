// SPDX-License-Identifier: GPL-2.0

//! The fault that the trampolines prevent: the same replacement as klp_test_sleep's, entered by a
//! function that the compiler ends in a jump. Tables by hand; nobody else should.

mod sleeper;

use kernel::{ffi::c_int, prelude::*};

module! {
    type: Unguarded,
    name: "klp_test_unguarded",
    description: "A replacement that sleeps without a frame of its own",
    license: "GPL",
}

struct Unguarded;

impl kernel::Module for Unguarded {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        // SAFETY: The module is initialised once, and nothing is left that could fail.
        unsafe { PATCH.enable(false) }?;
        Ok(Self)
    }
}

// SAFETY: Nothing else uses the tables.
static PATCH: klp::Patch = unsafe { klp::Patch::new(&OBJECTS, &STATES) };

static STATES: [klp::Entry; 1] = [klp::Entry::END];

static OBJECTS: [klp::Object; 2] = [
    // SAFETY: Nothing else uses the table.
    unsafe {
        klp::Object::new(
            Some(c"klp_test_target"),
            &FUNCTIONS,
            klp::CallbackTable::NONE,
        )
    },
    klp::Object::END,
];

static FUNCTIONS: [klp::Func; 2] = [
    // SAFETY: The prototype is the original's; that there is no frame is what the module is about.
    unsafe {
        klp::Func::new(
            c"klp_test_nap",
            core::mem::transmute::<extern "C" fn() -> c_int, unsafe extern "C" fn()>(nap),
            0,
        )
    },
    klp::Func::END,
];

extern "C" fn nap() -> c_int {
    sleeper::nap()
}

#[used(compiler)]
#[link_section = ".modinfo"]
static MARK: [u8; 12] = *b"livepatch=Y\0";
