// SPDX-License-Identifier: GPL-2.0

//! One state, version 3.

#[macro_use]
mod states;

use states::ValueV3;

patch!("klp_test_one_v3", "One state, version 3", [ValueV3<1>]);
