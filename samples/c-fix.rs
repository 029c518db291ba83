// SPDX-License-Identifier: GPL-2.0

//! The livepatch that `klpctl patch` makes of `c-fix.patch`, with a state beside the fixed function.

use kernel::{ffi::c_int, prelude::*};

include!("fix.rs");

fix! {
    name: "c_fix",
    authors: ["klp-rs"],
    description: "/proc/version says which machine it is",
    license: "GPL",
    states: [Told],
}

/// Whether the log says that there is more to be read.
struct Told;

#[vtable]
impl klp::State for Told {
    const ID: usize = 31;
    const VERSION: u32 = 1;
    /// How often it was told.
    type Data = c_int;

    fn setup() -> Result<c_int> {
        Ok(0)
    }

    fn enable(times: &mut c_int) {
        *times = times.saturating_add(1);
        pr_info!("/proc/version has a second line, told {} times\n", *times);
    }

    fn disable(_times: &mut c_int) {
        pr_info!("/proc/version has one line\n");
    }
}
