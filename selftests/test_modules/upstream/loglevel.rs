// SPDX-License-Identifier: GPL-2.0

//! The state of upstream's tests, `console_loglevel`, which says what becomes of it.

use kernel::{bindings, ffi::c_int, prelude::*};

const CONSOLE_LOGLEVEL_MOTORMOUTH: c_int = 15;

fn replace_console_loglevel(level: c_int) -> c_int {
    let console_loglevel = (&raw mut bindings::console_printk).cast::<c_int>();
    // SAFETY: It is the first of four elements; sysctl writes it without a lock, too.
    unsafe { console_loglevel.replace(level) }
}

#[inline(never)]
fn say(callback: &str, what: &str) {
    pr_info!("{callback}_callback: vmlinux\n");
    pr_info!("{what}\n");
}

pub(crate) struct Loglevel<const VERSION: u32>;

#[vtable]
impl<const VERSION: u32> klp::State for Loglevel<VERSION> {
    const ID: usize = 1;
    const VERSION: u32 = VERSION;
    const LAYOUT_SINCE: u32 = 1;
    type Data = c_int;

    fn setup() -> Result<c_int> {
        say(
            "pre_patch",
            "allocate_loglevel_state: allocating space to store console_loglevel",
        );
        Ok(0)
    }

    fn enable(saved: &mut c_int) {
        say(
            "post_patch",
            "fix_console_loglevel: fixing console_loglevel",
        );
        *saved = replace_console_loglevel(CONSOLE_LOGLEVEL_MOTORMOUTH);
    }

    fn adopt(_saved: &mut c_int, _prev: &klp::Prev<'_>) {
        say(
            "post_patch",
            "fix_console_loglevel: taking over the console_loglevel change",
        );
    }

    fn disable(saved: &mut c_int) {
        say(
            "pre_unpatch",
            "restore_console_loglevel: restoring console_loglevel",
        );
        replace_console_loglevel(*saved);
    }

    fn release(_saved: c_int, _unpatched: &klp::Unpatched) {
        say(
            "post_unpatch",
            "free_loglevel_state: freeing space for the stored console_loglevel",
        );
    }
}

#[vtable]
impl<const VERSION: u32> klp::Callbacks for Loglevel<VERSION> {
    fn pre_patch(vmlinux: &klp::ObjectView<'_>) -> Result {
        let transition = vmlinux.transition();
        if transition.is_some_and(|transition| klp::prev_state::<Self>(&transition).is_some()) {
            say(
                "pre_patch",
                "allocate_loglevel_state: space to store console_loglevel already allocated",
            );
        }
        Ok(())
    }
}

macro_rules! state_module {
    ($name:literal, $version:literal) => {
        klp::livepatch! {
            name: $name,
            description: "Livepatch test: system state modification",
            license: "GPL",
            objects: [
                vmlinux with loglevel::Loglevel<$version> => [],
            ],
            states: [loglevel::Loglevel<$version>],
            replace: true,
        }
    };
}
