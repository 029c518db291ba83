// SPDX-License-Identifier: GPL-2.0
// error: expected `&Transition<'_>`, found `&ObjectView<'_>`

pub fn uses(object: &klp::ObjectView<'_>) -> bool {
    klp::prev_state::<One>(object).is_some()
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
