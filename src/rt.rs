// SPDX-License-Identifier: GPL-2.0

//! What this crate needs of a kernel runtime: on kernels with `CONFIG_RUST`, the `kernel` crate's.

pub use kernel::{
    bindings,
    error::{to_result, Result},
    ffi::{c_ulong, c_void},
    macros::paste,
    prelude::module,
    str::as_char_ptr_in_const_context,
    Module, ThisModule,
};
