// SPDX-License-Identifier: GPL-2.0

//! What this crate needs of a kernel runtime: on kernels with `CONFIG_RUST`, the `kernel` crate's.

pub use kernel::{
    alloc::{
        flags::{GFP_KERNEL, __GFP_ZERO},
        Flags, KBox,
    },
    bindings, build_error, container_of,
    error::{code, from_result, to_result, Error, Result, VTABLE_DEFAULT_ERROR},
    ffi::{c_int, c_uint, c_ulong, c_void},
    macros::{paste, vtable},
    pr_err, pr_warn,
    prelude::module,
    str::{as_char_ptr_in_const_context, CStrExt},
    sync::atomic::{Atomic, AtomicType, Relaxed},
    Module, ThisModule,
};
