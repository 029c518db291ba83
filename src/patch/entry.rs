// SPDX-License-Identifier: GPL-2.0

//! States as the kernel has them in a patch's table.
//!
//! C header: [`include/linux/livepatch.h`](srctree/include/linux/livepatch.h)

use crate::{
    rt::{c_uint, c_void},
    sys,
};
use core::{
    cell::{Cell, UnsafeCell},
    ptr,
};

/// An entry of a patch's state table.
///
/// [`livepatch!`](crate::livepatch!) writes these tables.
///
/// Wraps the kernel's `struct klp_state`.
///
/// # Invariants
///
/// `id` is 0, which ends the table, or `data` is NULL or an allocation that holds what the state's
/// version has.
#[repr(transparent)]
pub struct Entry(UnsafeCell<sys::klp_state>);

// SAFETY: `data` is accessed under `klp_mutex` only, and nobody writes the other fields.
unsafe impl Sync for Entry {}

impl Entry {
    /// The entry that ends a table.
    #[allow(clippy::declare_interior_mutable_const)]
    pub const END: Self = Self::new(0, 0);

    /// The entry of the state `id`, which is not 0, in a version.
    pub const fn new(id: usize, version: c_uint) -> Self {
        // INVARIANT: `data` is NULL.
        Self(UnsafeCell::new(sys::klp_state {
            id,
            version,
            data: ptr::null_mut(),
        }))
    }

    /// The state's data.
    ///
    /// # Safety
    ///
    /// `klp_mutex` is held while the result is used. What is put there is NULL or an allocation that holds what the state's
    /// version has.
    pub(crate) unsafe fn data(&self) -> &Cell<*mut c_void> {
        // SAFETY: The field is valid, and who else accesses it holds `klp_mutex`, which by this function's safety
        // requirements is held here. A `Cell` has the layout of what it holds.
        unsafe { &*(&raw const (*self.0.get()).data).cast() }
    }

    pub(crate) const fn is_end(&self) -> bool {
        // SAFETY: The field is valid, and nobody writes it once `new()` is done.
        unsafe { ptr::addr_of!((*self.0.get()).id).read() == 0 }
    }
}
