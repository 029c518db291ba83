// SPDX-License-Identifier: GPL-2.0

//! Livepatches.
//!
//! C header: [`include/linux/livepatch.h`](srctree/include/linux/livepatch.h)

use crate::{
    object::Object,
    rt::{bindings, to_result, Result},
    sys,
};
use core::cell::UnsafeCell;

/// A livepatch: a module's table of objects.
///
/// [`livepatch!`](crate::livepatch!) defines a module's only one and enables it.
///
/// Wraps the kernel's `struct klp_patch`.
///
/// # Invariants
///
/// `mod` is the module that the patch is in, `objs` a table that [`Object::END`] ends, that lives
/// as long as the module, and that no other patch has. The other fields are zero or belong to the
/// kernel.
#[repr(transparent)]
pub struct Patch(UnsafeCell<sys::klp_patch>);

// SAFETY: Rust code accesses the contents only in `enable()`, before the kernel does; the kernel
// serialises its own accesses with `klp_mutex`.
unsafe impl Sync for Patch {}

impl Patch {
    /// A patch of `objects`, in the module that this is compiled into.
    ///
    /// Panics, which in a static is a compile error, unless `objects` ends in [`Object::END`] and
    /// has no other.
    ///
    /// # Safety
    ///
    /// The kernel links the entries of `objects` into lists of its own: the table must be no other
    /// patch's.
    pub const unsafe fn new(objects: &'static [Object]) -> Self {
        assert!(
            ends_once(objects),
            "a table of objects ends in Object::END, and has it nowhere else"
        );
        // SAFETY: All fields of `struct klp_patch` are integers, booleans, and pointers that may be
        // NULL, functions being `Option`s.
        let mut inner: sys::klp_patch = unsafe { core::mem::zeroed() };
        // Of each module its own: this crate has no object file, whence its code is always a
        // module's.
        inner.mod_ = &raw mut bindings::__this_module;
        inner.objs = objects.as_ptr().cast_mut().cast();
        // INVARIANT: `mod` is the module; `objs` ends, as has just been asserted, is static, and is
        // this patch's alone by this function's safety requirements. The cast from shared to
        // mutable is sound since an `Object` is an `UnsafeCell`.
        Self(UnsafeCell::new(inner))
    }

    /// Registers the patch and starts the transition to it.
    ///
    /// With `replace` the patch is cumulative: once the transition completes, it replaces all
    /// patches in force. The transition goes on after this function has returned.
    ///
    /// # Errors
    ///
    /// - `EINVAL`: a function does not exist, or its name is not unique and has no symbol position,
    ///   or the patch is not compatible with the patches in force, or the module is not marked as a
    ///   livepatch.
    /// - `ENOENT`: a function or its replacement has no size in kallsyms.
    /// - `EBUSY`: another transition is in progress.
    /// - `ENODEV`: livepatching failed to initialise, or the module is being removed.
    /// - `ENOMEM`: out of memory.
    ///
    /// Whatever the error, nothing is patched.
    ///
    /// # Context
    ///
    /// Process context, in the module's init. May sleep; takes `klp_mutex`.
    ///
    /// # Safety
    ///
    /// To be called once, by the init function of the patch's module, as the last step that may
    /// fail: once the patch is enabled, the module's memory must not be freed before the kernel has
    /// let go of it.
    pub unsafe fn enable(&'static self, replace: bool) -> Result {
        let inner = self.0.get();
        // SAFETY: `self` is static, and the kernel does not know of it yet.
        unsafe { (*inner).replace = replace };
        // SAFETY: By the type invariants the tables are as the kernel wants them and live as long
        // as the module, which the kernel pins; by this function's safety requirements it is called
        // once, from init.
        to_result(unsafe { sys::klp_enable_patch(inner) })
    }
}

const fn ends_once(objects: &[Object]) -> bool {
    let mut i = 0;
    while i < objects.len() && !objects[i].is_end() {
        i += 1;
    }
    i + 1 == objects.len()
}
