// SPDX-License-Identifier: GPL-2.0

//! A shadow variable, patch A.

#[macro_use]
mod tallies;

patch!("klp_test_shadow_a", "A shadow variable, patch A");
