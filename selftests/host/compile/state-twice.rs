// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: the state `One` is listed twice

klp::livepatch! {
    name: "state_twice",
    license: "GPL",
    objects: [],
    states: [One, One], // here
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
