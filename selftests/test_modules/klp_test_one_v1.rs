// SPDX-License-Identifier: GPL-2.0

//! One state, version 1.

#[macro_use]
mod states;

use states::Value;

patch!("klp_test_one_v1", "One state, version 1", [Value<1, 1>]);
