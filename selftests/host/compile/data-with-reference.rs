// SPDX-License-Identifier: GPL-2.0
// error: `&'static str` cannot be the data of a state

klp::livepatch! {
    name: "data_with_reference",
    license: "GPL",
    objects: [],
    states: [Refers],
}

klp::data! {
    struct Saved {
        number: u32,
        name: &'static str, // here
    }
}

struct Refers;

#[kernel::macros::vtable]
impl klp::State for Refers {
    const ID: usize = 1;
    const VERSION: u32 = 1;
    type Data = Saved;

    fn setup() -> kernel::error::Result<Saved> {
        Err(kernel::error::code::EINVAL)
    }
}
