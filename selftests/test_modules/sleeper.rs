// SPDX-License-Identifier: GPL-2.0

//! A replacement that sleeps, shared by the module that keeps its frame and the one that does not.

use core::hint::black_box;
use kernel::ffi::c_int;

extern "C" {
    /// Sleeps until "release" is written, see `system.c`.
    fn klp_test_wait();
}

/// Not to be inlined: its caller's last step is to call it, which the compiler makes a jump.
#[inline(never)]
pub(crate) fn nap() -> c_int {
    // SAFETY: The function may be called wherever sleeping is allowed.
    unsafe { klp_test_wait() };
    black_box(42)
}
