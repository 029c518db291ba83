// SPDX-License-Identifier: GPL-2.0

//! Three states and three objects, version 3.

#[macro_use]
mod states;
#[macro_use]
mod objects;

use states::ValueV3;

patch_of_objects!("klp_test_objects_v3", "Three states and three objects, version 3", [ValueV3<1>, ValueV3<2>, ValueV3<3>]);
