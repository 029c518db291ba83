// SPDX-License-Identifier: GPL-2.0

//! One state, version 2.

#[macro_use]
mod states;

use states::Value;

patch!("klp_test_one_v2", "One state, version 2", [Value<1, 2>]);
