// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: the state `Shadows` has more than 30 shadow variables

klp::livepatch! {
    name: "state_shadows_too_many",
    license: "GPL",
    objects: [],
    states: [Shadows], // here
}

struct Shadows;

#[kernel::macros::vtable]
impl klp::State for Shadows {
    const ID: usize = 1;
    const VERSION: u32 = 1;
    const SHADOWS: &'static [usize] = &[usize::MAX; 31];
    type Data = ();

    fn setup() -> kernel::error::Result {
        Ok(())
    }
}
