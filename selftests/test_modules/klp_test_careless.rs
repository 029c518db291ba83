// SPDX-License-Identifier: GPL-2.0

//! A state that migrates without a look at the previous data.

#[macro_use]
mod states;

use kernel::prelude::*;
use states::Value;

patch!(
    "klp_test_careless",
    "A state that migrates without a look at the previous data",
    [Value<1, 2>, Careless],
    []
);

struct Careless;

#[vtable]
impl klp::State for Careless {
    const ID: usize = 2;
    const VERSION: u32 = 2;
    type Data = ();

    fn setup() -> Result {
        Ok(())
    }

    fn migrate(_prev: &klp::Prev<'_>) -> Result {
        Ok(())
    }
}
