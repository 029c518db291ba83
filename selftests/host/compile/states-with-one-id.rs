// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: the states `One` and `Another` have the same id

klp::livepatch! {
    name: "states_with_one_id",
    license: "GPL",
    objects: [],
    states: [One, Another], // here
}

struct One;

#[kernel::macros::vtable]
impl klp::State for One {
    const ID: usize = 1;
    const VERSION: u32 = 1;
    type Data = u32;

    fn setup() -> kernel::error::Result<u32> {
        Err(kernel::error::code::EINVAL)
    }
}

struct Another;

#[kernel::macros::vtable]
impl klp::State for Another {
    const ID: usize = 1;
    const VERSION: u32 = 1;
    type Data = u64;

    fn setup() -> kernel::error::Result<u64> {
        Err(kernel::error::code::EINVAL)
    }
}
