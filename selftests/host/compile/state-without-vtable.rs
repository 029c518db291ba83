// SPDX-License-Identifier: GPL-2.0
// error: missing: `USE_VTABLE_ATTR`

klp::livepatch! {
    name: "state_without_vtable",
    license: "GPL",
    objects: [],
    states: [Plain],
}

struct Plain;

impl klp::State for Plain // here
{
    const ID: usize = 1;
    const VERSION: u32 = 1;
    type Data = ();

    fn setup() -> kernel::error::Result {
        Ok(())
    }
}
