// SPDX-License-Identifier: GPL-2.0

//! State sample, version 3: has more to remember, and migrates the data of versions 1 and 2.

mod console_printk;

use console_printk::{Level, MOTORMOUTH};
use kernel::{ffi::c_int, prelude::*};

klp::livepatch! {
    name: "livepatch_state_v3",
    authors: ["klp-rs"],
    description: "Live patching demo for system states, version 3",
    license: "GPL",
    objects: [],
    states: [Verbose],
    replace: true,
}

/// All messages appear on the console.
struct Verbose;

/// The level of messages that have none.
const DEFAULT_MESSAGE: c_int = 6;

klp::data! {
    /// What the levels were.
    struct Saved {
        console: c_int,
        default_message: c_int,
    }
}

#[vtable]
impl klp::State for Verbose {
    const ID: usize = 1;
    const VERSION: u32 = 3;
    type Data = Saved;

    fn setup() -> Result<Saved> {
        Ok(Saved {
            console: 0,
            default_message: 0,
        })
    }

    fn enable(saved: &mut Saved) {
        saved.console = Level::Console.replace(MOTORMOUTH);
        saved.default_message = Level::DefaultMessage.replace(DEFAULT_MESSAGE);
        pr_info!(
            "the levels were {} and {}\n",
            saved.console,
            saved.default_message
        );
    }

    fn migrate(prev: &klp::Prev<'_>) -> Result<Saved> {
        let console = prev.data::<c_int>().ok_or(EINVAL)?;
        Ok(Saved {
            console,
            default_message: 0,
        })
    }

    fn adopt(saved: &mut Saved, prev: &klp::Prev<'_>) {
        if prev.version() < 3 {
            saved.default_message = Level::DefaultMessage.replace(DEFAULT_MESSAGE);
        }
        pr_info!(
            "the levels were {} and {}\n",
            saved.console,
            saved.default_message
        );
    }

    fn disable(saved: &mut Saved) {
        pr_info!(
            "the levels are {} and {} again\n",
            saved.console,
            saved.default_message
        );
        Level::Console.replace(saved.console);
        Level::DefaultMessage.replace(saved.default_message);
    }
}
