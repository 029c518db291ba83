// SPDX-License-Identifier: GPL-2.0

//! The state of upstream's tests, `console_loglevel`, in one version or the other.

use crate::callback_info::callback_info;
use kernel::{bindings, ffi::c_int, prelude::*};

const CONSOLE_LOGLEVEL_MOTORMOUTH: c_int = 15;

fn replace_console_loglevel(level: c_int) -> c_int {
    let console_loglevel = (&raw mut bindings::console_printk).cast::<c_int>();
    // SAFETY: It is the first of four elements; sysctl writes it without a lock, too.
    unsafe { console_loglevel.replace(level) }
}

pub(crate) struct Loglevel<const VERSION: u32>;

impl<const VERSION: u32> klp::State for Loglevel<VERSION> {
    const ID: usize = 1;
    const VERSION: u32 = VERSION;
    const LAYOUT_SINCE: u32 = 1;
    type Data = c_int;

    fn setup() -> Result<c_int> {
        Ok(0)
    }

    fn enable(saved: &mut c_int) {
        *saved = replace_console_loglevel(CONSOLE_LOGLEVEL_MOTORMOUTH);
    }

    fn disable(saved: &mut c_int) {
        replace_console_loglevel(*saved);
    }
}

/// Says what the state sees.
pub(crate) struct Said<const VERSION: u32>;

impl<const VERSION: u32> Said<VERSION> {
    fn say(callback: &str, object: &klp::ObjectView<'_>, introduced: &str, taken_over: &str) {
        callback_info(callback, object);
        let prev = object
            .transition()
            .is_some_and(|transition| klp::prev_state::<Loglevel<VERSION>>(&transition).is_some());
        pr_info!("{}\n", if prev { taken_over } else { introduced });
    }
}

#[vtable]
impl<const VERSION: u32> klp::Callbacks for Said<VERSION> {
    fn pre_patch(object: &klp::ObjectView<'_>) -> Result {
        Self::say(
            "pre_patch_callback",
            object,
            "allocate_loglevel_state: allocating space to store console_loglevel",
            "allocate_loglevel_state: space to store console_loglevel already allocated",
        );
        Ok(())
    }

    fn post_patch(object: &klp::ObjectView<'_>) {
        Self::say(
            "post_patch_callback",
            object,
            "fix_console_loglevel: fixing console_loglevel",
            "fix_console_loglevel: taking over the console_loglevel change",
        );
    }

    fn pre_unpatch(object: &klp::ObjectView<'_>) {
        Self::say(
            "pre_unpatch_callback",
            object,
            "restore_console_loglevel: restoring console_loglevel",
            "restore_console_loglevel: passing the console_loglevel change back to the old livepatch",
        );
    }

    fn post_unpatch(object: &klp::ObjectView<'_>) {
        Self::say(
            "post_unpatch_callback",
            object,
            "free_loglevel_state: freeing space for the stored console_loglevel",
            "free_loglevel_state: keeping space to store console_loglevel",
        );
    }
}

macro_rules! state_module {
    ($name:literal, $version:literal) => {
        klp::livepatch! {
            name: $name,
            description: "Livepatch test: system state modification",
            license: "GPL",
            objects: [
                vmlinux with loglevel::Said<$version> => [],
            ],
            states: [loglevel::Loglevel<$version>],
            replace: true,
        }
    };
}
