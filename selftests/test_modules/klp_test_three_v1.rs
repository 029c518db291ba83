// SPDX-License-Identifier: GPL-2.0

//! Three states, version 1.

#[macro_use]
mod states;

use states::Value;

patch!("klp_test_three_v1", "Three states, version 1", [Value<1, 1>, Value<2, 1>, Value<3, 1>]);
