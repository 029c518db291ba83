// SPDX-License-Identifier: GPL-2.0

//! What this crate needs of a kernel runtime: on kernels with `CONFIG_RUST`, the `kernel` crate's.

use core::{ffi::CStr, mem, slice};
pub use kernel::{
    alloc::{
        allocator::Kmalloc,
        flags::{GFP_KERNEL, __GFP_ZERO},
        Allocator, Flags, KBox, NumaNode,
    },
    bindings, build_error, container_of,
    error::{code, from_result, to_result, Error, Result, VTABLE_DEFAULT_ERROR},
    ffi::{self, c_char, c_int, c_uint, c_ulong, c_void},
    macros::{paste, vtable},
    prelude::module,
    str::{as_char_ptr_in_const_context, CStrExt},
    sync::atomic::{Atomic, AtomicType, Relaxed},
    types::NotThreadSafe,
    Module, ThisModule,
};

#[cfg(not(rust_analyzer))]
pub use core::arch::global_asm;

/// rust-analyzer of Rust 1.85 takes what the real one becomes for no item.
#[cfg(rust_analyzer)]
#[doc(hidden)]
#[macro_export]
macro_rules! __no_global_asm {
    ($($all:tt)*) => {};
}
#[cfg(rust_analyzer)]
pub use __no_global_asm as global_asm;

/// The string that a pointer of C's is to. `CStr`'s own functions have a panic in them, for a string
/// that ends at the last address there is.
///
/// # Safety
///
/// `string` points at bytes that end in a NUL and stay as they are for `'a`.
pub(crate) unsafe fn c_str<'a>(string: *const c_char) -> &'a CStr {
    // SAFETY: By this function's safety requirements.
    let len = unsafe { bindings::strlen(string) }.wrapping_add(1);
    // SAFETY: As above; the NUL is the last byte.
    unsafe { CStr::from_bytes_with_nul_unchecked(slice::from_raw_parts(string.cast(), len)) }
}

/// The flags as C has them.
pub(crate) fn raw_flags(flags: Flags) -> u32 {
    // SAFETY: A `Flags` is made of a `gfp_t` and nothing else.
    unsafe { mem::transmute::<Flags, u32>(flags) }
}

/// Keeps a module from being removed, for good.
pub fn keep(module: &'static ThisModule) {
    // SAFETY: The module is loaded, as this code is in it, and the function takes a reference to it.
    unsafe { bindings::__module_get(module.as_ptr()) }
}
