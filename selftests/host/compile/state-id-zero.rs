// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: the state `Zero` has the id 0

klp::livepatch! {
    name: "state_id_zero",
    license: "GPL",
    objects: [],
    states: [Zero], // here
}

struct Zero;

#[kernel::macros::vtable]
impl klp::State for Zero {
    const ID: usize = 0;
    const VERSION: u32 = 1;
    type Data = u32;

    fn setup() -> kernel::error::Result<u32> {
        Err(kernel::error::code::EINVAL)
    }
}
