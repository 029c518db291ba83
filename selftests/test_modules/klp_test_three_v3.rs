// SPDX-License-Identifier: GPL-2.0

//! Three states, version 3.

#[macro_use]
mod states;

use states::ValueV3;

patch!("klp_test_three_v3", "Three states, version 3", [ValueV3<1>, ValueV3<2>, ValueV3<3>]);
