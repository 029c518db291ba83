// SPDX-License-Identifier: GPL-2.0
// error: `Arc<u32>` cannot be the data of a state

klp::livepatch! {
    name: "state_data_with_arc",
    license: "GPL",
    objects: [],
    states: [Shares],
}

struct Shares;

#[kernel::macros::vtable]
impl klp::State for Shares {
    const ID: usize = 1;
    const VERSION: u32 = 1;
    type Data = kernel::sync::Arc<u32>; // here

    fn setup() -> kernel::error::Result<kernel::sync::Arc<u32>> {
        Err(kernel::error::code::EINVAL)
    }
}
