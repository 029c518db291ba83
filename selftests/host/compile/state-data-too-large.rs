// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: the data of the state `Large` are larger than 1024 bytes

klp::livepatch! {
    name: "state_data_too_large",
    license: "GPL",
    objects: [],
    states: [Large], // here
}

struct Large;

#[kernel::macros::vtable]
impl klp::State for Large {
    const ID: usize = 1;
    const VERSION: u32 = 1;
    type Data = [u8; 1025];

    fn setup() -> kernel::error::Result<[u8; 1025]> {
        Err(kernel::error::code::EINVAL)
    }
}
