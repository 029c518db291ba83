// SPDX-License-Identifier: GPL-2.0

//! A replacement that sleeps.

mod sleeper;

use kernel::ffi::c_int;
use sleeper::nap;

klp::livepatch! {
    name: "klp_test_sleep",
    description: "A replacement that sleeps",
    license: "GPL",
    objects: [
        "klp_test_target" => [
            // SAFETY: The prototype is the original's, and its caller, which prints what it is
            // given, may sleep.
            unsafe klp_test_nap() -> c_int => nap,
        ],
    ],
}
