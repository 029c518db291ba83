// SPDX-License-Identifier: GPL-2.0

//! State sample, version 2: takes over from version 1.

mod console_printk;

use console_printk::{Level, MOTORMOUTH};
use kernel::{ffi::c_int, prelude::*};

klp::livepatch! {
    name: "livepatch_state_v2",
    authors: ["klp-rs"],
    description: "Live patching demo for system states, version 2",
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
    const VERSION: u32 = 2;
    /// Version 1 has the same data.
    const LAYOUT_SINCE: u32 = 1;
    /// What `console_loglevel` was.
    type Data = c_int;

    fn setup() -> Result<c_int> {
        Ok(0)
    }

    fn enable(saved: &mut c_int) {
        *saved = Level::Console.replace(MOTORMOUTH);
        pr_info!("console_loglevel was {}\n", *saved);
    }

    fn adopt(saved: &mut c_int, prev: &klp::Prev<'_>) {
        pr_info!(
            "version {} says that console_loglevel was {}\n",
            prev.version(),
            *saved
        );
    }

    fn disable(saved: &mut c_int) {
        pr_info!("console_loglevel is {} again\n", *saved);
        Level::Console.replace(*saved);
    }
}
