// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: another state of the patch has the id of `One`, or is the same type

klp::livepatch! {
    name: "states_of_one_type",
    license: "GPL",
    objects: [],
    states: [One, Alias], // here
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

type Alias = One;
