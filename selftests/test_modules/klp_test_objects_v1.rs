// SPDX-License-Identifier: GPL-2.0

//! Three states and three objects, version 1.

#[macro_use]
mod states;
#[macro_use]
mod objects;

use states::Value;

patch_of_objects!("klp_test_objects_v1", "Three states and three objects, version 1", [Value<1, 1>, Value<2, 1>, Value<3, 1>]);
