// SPDX-License-Identifier: GPL-2.0

//! What upstream's tests expect callbacks to say.

use kernel::prelude::*;
use klp::ModuleState;

pub(crate) fn callback_info(callback: &str, object: &klp::ObjectView<'_>) {
    let Some(name) = object.name() else {
        pr_info!("{callback}: vmlinux\n");
        return;
    };
    let state = match object.module_state() {
        Some(ModuleState::Live) => "[MODULE_STATE_LIVE] Normal state",
        Some(ModuleState::Coming) => "[MODULE_STATE_COMING] Full formed, running module_init",
        Some(ModuleState::Going) => "[MODULE_STATE_GOING] Going away",
        Some(ModuleState::Unformed) | None => "[MODULE_STATE_UNFORMED] Still setting it up",
    };
    pr_info!("{callback}: {name} -> {state}\n");
}
