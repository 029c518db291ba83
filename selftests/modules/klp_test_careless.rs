// SPDX-License-Identifier: GPL-2.0

//! A state that migrates without a look at the previous data.

#[macro_use]
mod states;

use kernel::prelude::*;
use states::Value;

klp::livepatch! {
    name: "klp_test_careless",
    description: "A state that migrates without a look at the previous data",
    license: "GPL",
    params: {
        replace: u8 {
            default: 0,
            description: "Replace all patches in force",
        },
        fail: i32 {
            default: 0,
            description: "Which step fails",
        },
    },
    objects: [],
    states: [Value<1, 2>, Careless],
    replace: klp::parameter::<u8>(module_parameters::replace.value()) != 0,
}

struct Careless;

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
