// SPDX-License-Identifier: GPL-2.0
// error: lifetime may not live long enough

use core::cell::Cell;

pub fn uses(object: &klp::ObjectView<'_>) -> Option<&'static Cell<u32>> {
    klp::get_state::<One>(object)
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
