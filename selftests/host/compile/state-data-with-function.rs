// SPDX-License-Identifier: GPL-2.0
// error: `extern "C" fn()` cannot be the data of a state

klp::livepatch! {
    name: "state_data_with_function",
    license: "GPL",
    objects: [],
    states: [Calls],
}

struct Calls;

#[kernel::macros::vtable]
impl klp::State for Calls {
    const ID: usize = 1;
    const VERSION: u32 = 1;
    type Data = extern "C" fn(); // here

    fn setup() -> kernel::error::Result<extern "C" fn()> {
        Err(kernel::error::code::EINVAL)
    }
}
