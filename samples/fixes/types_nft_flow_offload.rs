// SPDX-License-Identifier: GPL-2.0

//! Types of the kernel's. Made by 'klpctl types' of its type information (BTF).

#![allow(
    clippy::cast_lossless,
    dead_code,
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unreachable_pub
)]

use core::{
    ffi::c_void,
    mem::{offset_of, size_of},
};

#[repr(C)]
#[derive(Clone, Copy)]
pub struct nft_flow_offload {
    pub flowtable: *mut c_void,
}

const _: () = {
    assert!(offset_of!(nft_flow_offload, flowtable) == 0);
    assert!(size_of::<nft_flow_offload>() == 8);
};
