// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: the state `inner::Zero<u8>` has the id 0, which ends the kernel's table

klp::livepatch! {
    name: "states_by_path",
    license: "GPL",
    objects: [],
    states: [
        inner::One,
        inner::Zero<u8>, // here
        crate::inner::Zero<i64>, // here
    ],
}

mod inner {
    use core::marker::PhantomData;
    use kernel::prelude::*;

    pub struct One;

    #[vtable]
    impl klp::State for One {
        const ID: usize = 1;
        const VERSION: u32 = 1;
        type Data = u32;

        fn setup() -> Result<u32> {
            Err(EINVAL)
        }
    }

    pub struct Zero<T>(PhantomData<T>);

    #[vtable]
    impl<T: 'static> klp::State for Zero<T> {
        const ID: usize = 0;
        const VERSION: u32 = 1;
        type Data = u32;

        fn setup() -> Result<u32> {
            Err(EINVAL)
        }
    }
}
