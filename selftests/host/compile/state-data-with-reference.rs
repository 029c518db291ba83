// SPDX-License-Identifier: GPL-2.0
// error: `&'static u32` cannot be the data of a state

klp::livepatch! {
    name: "state_data_with_reference",
    license: "GPL",
    objects: [],
    states: [Refers],
}

struct Refers;

#[kernel::macros::vtable]
impl klp::State for Refers {
    const ID: usize = 1;
    const VERSION: u32 = 1;
    type Data = &'static u32; // here

    fn setup() -> kernel::error::Result<&'static u32> {
        Err(kernel::error::code::EINVAL)
    }
}
