// SPDX-License-Identifier: GPL-2.0
// error: `bool` cannot be the data of a state

klp::livepatch! {
    name: "state_data_with_bool",
    license: "GPL",
    objects: [],
    states: [Flag],
}

struct Flag;

#[kernel::macros::vtable]
impl klp::State for Flag {
    const ID: usize = 1;
    const VERSION: u32 = 1;
    type Data = bool; // here

    fn setup() -> kernel::error::Result<bool> {
        Err(kernel::error::code::EINVAL)
    }
}
