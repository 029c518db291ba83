// SPDX-License-Identifier: GPL-2.0

//! Patches with a shadow variable, which counts how often its object has been touched.

use kernel::{
    ffi::c_int,
    prelude::*,
    sync::atomic::{Atomic, Relaxed},
};

extern "C" {
    fn klp_test_dropped();
    fn klp_test_wait();
}

/// `struct klp_test_owner`
#[repr(C)]
pub(crate) struct Owner {
    number: c_int,
}

#[repr(C)]
struct Tally(Atomic<c_int>);

// SAFETY: To C, it is an `int`. Any module's `drop()` does.
unsafe impl klp::Persist for Tally {}

impl Drop for Tally {
    fn drop(&mut self) {
        // SAFETY: The function may be called from anywhere.
        unsafe { klp_test_dropped() };
    }
}

// SAFETY: All patches that use 9 for a `struct klp_test_owner` include this file; the system's own
// "attach" makes the same.
const TALLY: klp::Shadow<Owner, Tally> = unsafe { klp::Shadow::new(9) };

/// Whoever has this state, shares the variables.
pub(crate) struct Tallies;

#[vtable]
impl klp::State for Tallies {
    const ID: usize = 9;
    const VERSION: u32 = 1;
    const SHADOWS: &'static [usize] = &[TALLY.id()];
    type Data = ();

    fn setup() -> Result {
        Ok(())
    }

    fn release(_data: (), unpatched: &klp::Unpatched) {
        TALLY.free_all(unpatched);
    }
}

/// Counts in the variable; the first object cannot get one.
pub(crate) fn touch(owner: &Owner) -> c_int {
    let tally = TALLY.get_or_init(owner, GFP_KERNEL, || {
        if owner.number == 0 {
            return Err(ENODEV);
        }
        Ok(Tally(Atomic::new(0)))
    });
    match tally {
        Ok(tally) => tally.0.fetch_add(1, Relaxed).wrapping_add(1),
        Err(error) => error.to_errno(),
    }
}

/// Counts from 10 on, if there is no variable yet.
pub(crate) fn start(owner: &Owner) -> c_int {
    match TALLY.init(owner, GFP_KERNEL, || Ok(Tally(Atomic::new(10)))) {
        Ok(tally) => tally.0.load(Relaxed),
        Err(error) => error.to_errno(),
    }
}

/// Frees the variable, and says what it was.
pub(crate) fn forget(owner: &mut Owner) -> c_int {
    TALLY.free(owner).map_or(-1, |tally| tally.0.load(Relaxed))
}

pub(crate) fn hold() -> c_int {
    // SAFETY: The function may be called wherever sleeping is allowed.
    unsafe { klp_test_wait() };
    1
}

macro_rules! patch {
    ($name:literal, $description:literal) => {
        use kernel::ffi::c_int;
        use tallies::{forget, hold, start, touch, Owner, Tallies};

        klp::parameters! {
            replace: bool { default: false, mode: 0, description: "Replace all patches in force" },
        }

        klp::livepatch! {
            name: $name,
            description: $description,
            license: "GPL",
            objects: [
                "klp_test_system" => [
                    // SAFETY: The prototype is the original's, and the caller prints the result.
                    unsafe klp_test_touch(owner: &Owner) -> c_int => touch,
                    // SAFETY: As above.
                    unsafe klp_test_start(owner: &Owner) -> c_int => start,
                    // SAFETY: As above; a case reads one of the files at a time.
                    unsafe klp_test_forget(owner: &mut Owner) -> c_int => forget,
                    // SAFETY: As above.
                    unsafe klp_test_hold() -> c_int => hold,
                ],
            ],
            states: [Tallies],
            replace: parameters::replace.get(),
        }
    };
}
