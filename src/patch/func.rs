// SPDX-License-Identifier: GPL-2.0

//! Functions to be replaced.
//!
//! C header: [`include/linux/livepatch.h`](srctree/include/linux/livepatch.h)

use crate::{
    rt::{as_char_ptr_in_const_context, c_ulong, c_void},
    sys,
};
use core::{cell::UnsafeCell, ffi::CStr, ptr};

/// An entry of an object's function table: a function by its name, and what replaces it.
///
/// [`livepatch!`](crate::livepatch!) writes these tables.
///
/// Wraps the kernel's `struct klp_func`.
///
/// # Invariants
///
/// Either `old_name`, `new_func` and `old_sympos` are all zero, which ends the table, or `old_name`
/// is a string and `new_func` a function that may be called in the place of the function of that
/// name. The other fields belong to the kernel.
#[repr(transparent)]
pub struct Func(UnsafeCell<sys::klp_func>);

// SAFETY: Rust code only reads `old_name`, which nobody writes; the kernel sees to its own accesses
// with `klp_mutex` and RCU.
unsafe impl Sync for Func {}

impl Func {
    /// The entry that ends a table.
    #[allow(clippy::declare_interior_mutable_const)]
    pub const END: Self = {
        // SAFETY: All fields of `struct klp_func` are integers, booleans, and pointers that may be
        // NULL.
        //
        // INVARIANT: The three fields are zero.
        unsafe { core::mem::zeroed() }
    };

    /// An entry that replaces the function `old_name` by `new_func`.
    ///
    /// `old_sympos` is the function's position among the symbols of that name in the object,
    /// counted from 1 in the order of kallsyms; 0 says that the name is unique.
    ///
    /// # Safety
    ///
    /// Whatever calls the function `old_name` of the object must be able to call `new_func` in its
    /// place: it has the same prototype and calling convention and does what the callers rely on.
    ///
    /// The kernel takes a task for outside of `new_func` when no return address on the task's stack
    /// lies inside of `new_func`: it must keep a frame of its own while anything that it calls
    /// runs.
    pub const unsafe fn new(
        old_name: &'static CStr,
        new_func: unsafe extern "C" fn(),
        old_sympos: c_ulong,
    ) -> Self {
        let func = Self::END;
        let inner = func.0.get();
        // SAFETY: `func` is a local.
        //
        // INVARIANT: By this function's safety requirements `new_func` may be called in the place
        // of `old_name`.
        unsafe {
            (*inner).old_name = as_char_ptr_in_const_context(old_name);
            (*inner).new_func = new_func as *mut c_void;
            (*inner).old_sympos = old_sympos;
        }
        func
    }

    pub(crate) const fn is_end(&self) -> bool {
        // SAFETY: The field is valid, and nobody writes it once `new()` is done.
        unsafe { ptr::addr_of!((*self.0.get()).old_name).read().is_null() }
    }
}
