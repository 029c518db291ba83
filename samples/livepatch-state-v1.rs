// SPDX-License-Identifier: GPL-2.0

//! State sample, version 1: lets all messages appear on the console.

mod console_printk;

use console_printk::{Level, MOTORMOUTH};
use kernel::{ffi::c_int, prelude::*};

klp::livepatch! {
    name: "livepatch_state_v1",
    authors: ["klp-rs"],
    description: "Live patching demo for system states, version 1",
    license: "GPL",
    objects: [],
    states: [Verbose],
    replace: true,
}

/// All messages appear on the console.
struct Verbose;

#[vtable]
impl klp::State for Verbose {
    const ID: usize = 1;
    const VERSION: u32 = 1;
    /// What `console_loglevel` was.
    type Data = c_int;

    fn setup() -> Result<c_int> {
        Ok(0)
    }

    fn enable(saved: &mut c_int) {
        *saved = Level::Console.replace(MOTORMOUTH);
        pr_info!("console_loglevel was {}\n", *saved);
    }

    fn disable(saved: &mut c_int) {
        pr_info!("console_loglevel is {} again\n", *saved);
        Level::Console.replace(*saved);
    }
}
