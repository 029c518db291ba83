// SPDX-License-Identifier: GPL-2.0
// error: the size for values of type `(dyn Debug + 'static)` cannot be known

klp::livepatch! {
    name: "state_data_with_vtable",
    license: "GPL",
    objects: [],
    states: [Calls],
}

struct Calls;

#[kernel::macros::vtable]
impl klp::State for Calls {
    const ID: usize = 1;
    const VERSION: u32 = 1;
    type Data = *mut dyn core::fmt::Debug; // here

    fn setup() -> kernel::error::Result<*mut dyn core::fmt::Debug> {
        Err(kernel::error::code::EINVAL)
    }
}
