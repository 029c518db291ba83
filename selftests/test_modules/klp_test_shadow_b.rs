// SPDX-License-Identifier: GPL-2.0

//! A shadow variable, patch B.

#[macro_use]
mod tallies;

patch!("klp_test_shadow_b", "A shadow variable, patch B");
