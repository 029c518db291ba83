// SPDX-License-Identifier: GPL-2.0

//! Kernel objects whose functions are replaced: the kernel itself, and modules.
//!
//! C header: [`include/linux/livepatch.h`](srctree/include/linux/livepatch.h)

use super::{CallbackTable, Func};
use crate::{rt::as_char_ptr_in_const_context, sys};
use core::{cell::UnsafeCell, ffi::CStr, ptr};

/// An entry of a patch's object table: the kernel or a module, and the functions to be replaced in
/// it.
///
/// [`livepatch!`](crate::livepatch!) writes these tables.
///
/// A module may be loaded before the patch or after it, and may be unloaded while it is patched.
/// One that is loaded after it, but lacks a function, is refused by the kernel then.
///
/// Wraps the kernel's `struct klp_object`.
///
/// # Invariants
///
/// Either `name` and `funcs` are both NULL, which ends the table, or `funcs` is a table that
/// [`Func::END`] ends, that lives as long as the module, and that no other object has. The other
/// fields are zero or belong to the kernel.
#[repr(transparent)]
pub struct Object(UnsafeCell<sys::klp_object>);

// SAFETY: Rust code only reads `funcs`, which nobody writes; the kernel sees to its own accesses
// with `klp_mutex`.
unsafe impl Sync for Object {}

impl Object {
    /// The entry that ends a table.
    #[allow(clippy::declare_interior_mutable_const)]
    pub const END: Self = {
        // SAFETY: All fields of `struct klp_object` are integers, booleans, and pointers that may
        // be NULL, functions being `Option`s.
        //
        // INVARIANT: `name` and `funcs` are NULL.
        unsafe { core::mem::zeroed() }
    };

    /// The functions `funcs` of the module `name`, or of the kernel itself if there is no name, and
    /// what is called when they are replaced.
    ///
    /// Panics, which in a static is a compile error, unless `funcs` ends in [`Func::END`] and has
    /// no other.
    ///
    /// # Safety
    ///
    /// The kernel links the entries of `funcs` into lists of its own: the table must be no other
    /// object's. `callbacks` are made for the patch that the object is an entry of, and for
    /// `vmlinux` if there is no name.
    pub const unsafe fn new(
        name: Option<&'static CStr>,
        funcs: &'static [Func],
        callbacks: CallbackTable,
    ) -> Self {
        assert!(
            ends_once(funcs),
            "a table of functions ends in Func::END, and has it nowhere else"
        );
        let object = Self::END;
        let inner = object.0.get();
        // SAFETY: `object` is a local.
        //
        // INVARIANT: `funcs` ends, as has just been asserted, is static, and is this object's alone
        // by this function's safety requirements. The cast from shared to mutable is sound since a
        // `Func` is an `UnsafeCell`.
        unsafe {
            (*inner).name = match name {
                Some(name) => as_char_ptr_in_const_context(name),
                None => ptr::null(),
            };
            (*inner).funcs = funcs.as_ptr().cast_mut().cast();
            (*inner).callbacks = callbacks.into_inner();
        }
        object
    }

    /// The last `LEN` of the entries as a table, with `vmlinux` as its first object if `vmlinux_first`: nothing is to be
    /// patched then before the callbacks of that have been called.
    ///
    /// Panics, which in a static is a compile error, if there are fewer entries, or `vmlinux` is none of them.
    pub const fn table<const N: usize, const LEN: usize>(
        entries: [Self; N],
        vmlinux_first: bool,
    ) -> [Self; LEN] {
        assert!(LEN <= N, "a table has no more entries than there are");
        // SAFETY: There are `LEN` entries from there on, and nobody uses them where they were.
        let table = unsafe {
            (&raw const entries)
                .cast::<Self>()
                .add(N - LEN)
                .cast::<[Self; LEN]>()
                .read()
        };
        let mut i = 0;
        while vmlinux_first && !table[i].is_vmlinux() {
            i += 1;
        }
        Self::move_to_front(table, i)
    }

    const fn move_to_front<const N: usize>(mut objects: [Self; N], mut i: usize) -> [Self; N] {
        while i > 0 {
            objects.swap(i, i - 1);
            i -= 1;
        }
        objects
    }

    const fn is_vmlinux(&self) -> bool {
        // SAFETY: The field is valid, and nobody writes it once `new()` is done.
        !self.is_end() && unsafe { ptr::addr_of!((*self.0.get()).name).read().is_null() }
    }

    pub(crate) const fn is_end(&self) -> bool {
        // SAFETY: The field is valid, and nobody writes it once `new()` is done.
        unsafe { ptr::addr_of!((*self.0.get()).funcs).read().is_null() }
    }
}

const fn ends_once(funcs: &[Func]) -> bool {
    let mut i = 0;
    while i < funcs.len() && !funcs[i].is_end() {
        i += 1;
    }
    i + 1 == funcs.len()
}
