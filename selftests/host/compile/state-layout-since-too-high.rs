// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: the state `High` has a LAYOUT_SINCE that is higher than its VERSION

klp::livepatch! {
    name: "state_layout_since_too_high",
    license: "GPL",
    objects: [],
    states: [High], // here
}

struct High;

#[kernel::macros::vtable]
impl klp::State for High {
    const ID: usize = 1;
    const VERSION: u32 = 1;
    const LAYOUT_SINCE: u32 = 2;
    type Data = u32;

    fn setup() -> kernel::error::Result<u32> {
        Err(kernel::error::code::EINVAL)
    }
}
