// SPDX-License-Identifier: GPL-2.0

//! Livepatch test: system state modification, version 2

#[macro_use]
mod loglevel;

state_module!("test_klp_state2", 2);
