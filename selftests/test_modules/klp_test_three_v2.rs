// SPDX-License-Identifier: GPL-2.0

//! Three states, version 2.

#[macro_use]
mod states;

use states::Value;

patch!("klp_test_three_v2", "Three states, version 2", [Value<1, 2>, Value<2, 2>, Value<3, 2>]);
