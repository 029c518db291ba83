// SPDX-License-Identifier: GPL-2.0

//! Livepatches: what the kernel's tables of them are.
//!
//! C header: [`include/linux/livepatch.h`](srctree/include/linux/livepatch.h)

mod callback_table;
mod entry;
mod find;
mod func;
mod object;

pub use callback_table::CallbackTable;
pub use entry::Entry;
pub(crate) use find::Wanted;
pub use func::Func;
pub use object::Object;

use crate::{
    rt::{bindings, c_str, to_result, Result},
    sys,
};
use core::{
    cell::{Cell, UnsafeCell},
    ffi::CStr,
    ptr::{self, NonNull},
    slice,
};

/// A livepatch: a module's tables of objects and of states.
///
/// [`livepatch!`](crate::livepatch!) defines a module's only one and enables it.
///
/// Wraps the kernel's `struct klp_patch`.
///
/// # Invariants
///
/// - `mod` is the module that the patch is in; `objs` and `states` are tables that [`Object::END`]
///   and [`Entry::END`] end, that live as long as the module, and that no other patch has, or `states` is NULL. The other fields are zero or belong to the kernel.
/// - `patches` is NULL, or the head of the kernel's list of patches.
pub struct Patch {
    inner: UnsafeCell<sys::klp_patch>,
    patches: Cell<*const bindings::list_head>,
}

// SAFETY: Rust code accesses the contents in `enable()`, before the kernel does, and in callbacks,
// with `klp_mutex` held, as the kernel does. `mod`, `objs`, `states` and `replace` do not change
// after that.
unsafe impl Sync for Patch {}

impl Patch {
    /// A patch of `objects` that modifies `states`, in the module that this is compiled into.
    ///
    /// Panics, which in a static is a compile error, unless the tables end in [`Object::END`] and
    /// [`Entry::END`]; without states there need be no table.
    ///
    /// # Safety
    ///
    /// The kernel links the entries of `objects` into lists of its own: the tables must be no other
    /// patch's.
    pub const unsafe fn new(objects: &'static [Object], states: &'static [Entry]) -> Self {
        assert!(
            matches!(objects, [.., end] if end.is_end()),
            "a table of objects ends in Object::END"
        );
        assert!(
            states.is_empty() || states[states.len() - 1].is_end(),
            "a table of states ends in Entry::END"
        );
        // SAFETY: All fields of `struct klp_patch` are integers, booleans, and pointers that may be
        // NULL, functions being `Option`s.
        let mut inner: sys::klp_patch = unsafe { core::mem::zeroed() };
        // Of each module its own: this crate has no object file, whence its code is always a
        // module's.
        inner.mod_ = &raw mut bindings::__this_module;
        inner.objs = objects.as_ptr().cast_mut().cast();
        if !states.is_empty() {
            inner.states = states.as_ptr().cast_mut().cast();
        }
        // INVARIANT: `mod` is the module; the tables end, as has just been asserted, are static,
        // and are this patch's alone by this function's safety requirements. The casts from shared
        // to mutable are sound since an `Object` and an `Entry` are `UnsafeCell`s.
        Self {
            inner: UnsafeCell::new(inner),
            patches: Cell::new(ptr::null()),
        }
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
    /// - `EINVAL`: a state's data cannot be taken over, see [`State`](crate::State), or an
    ///   [`Original`](crate::Original) cannot be called.
    /// - What [`State::setup`](crate::State::setup), [`State::migrate`](crate::State::migrate) or
    ///   [`Callbacks::pre_patch`](crate::Callbacks::pre_patch) returns.
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
        let inner = self.inner.get();
        // SAFETY: `self` is static, and the kernel does not know of it yet.
        unsafe { (*inner).replace = replace };
        // SAFETY: By the type invariants the tables are as the kernel wants them and live as long
        // as the module, which the kernel pins; by this function's safety requirements it is called
        // once, from init.
        to_result(unsafe { sys::klp_enable_patch(inner) })
    }

    /// The name, which is the module's.
    pub fn name(&self) -> &CStr {
        // SAFETY: A module's name is a string that lives as long as the module.
        unsafe { c_str((*(*self.inner.get()).mod_).name.as_ptr()) }
    }

    /// Whether the patch replaces all others (`replace`).
    pub fn is_cumulative(&self) -> bool {
        // SAFETY: By the type invariants; nobody writes the field once the patch is enabled.
        unsafe { (*self.inner.get()).replace }
    }

    /// Whether a transition away from the patch has been forced.
    pub(crate) fn is_forced(&self) -> bool {
        // SAFETY: By the type invariants.
        unsafe { (*self.inner.get()).forced }
    }

    /// The entry of a state in the patch's table.
    pub(crate) fn state(&self, id: usize) -> Option<NonNull<sys::klp_state>> {
        // SAFETY: By the type invariants the table is as the kernel wants it.
        NonNull::new(unsafe { sys::klp_get_state(self.inner.get(), id) })
    }

    /// The patch's table of states, without its end.
    ///
    /// # Safety
    ///
    /// It has so many.
    pub(crate) unsafe fn entries(&'static self, len: usize) -> &'static [Entry] {
        if len == 0 {
            return &[];
        }
        // SAFETY: By the type invariants and this function's safety requirements.
        unsafe { slice::from_raw_parts((*self.inner.get()).states.cast(), len) }
    }

    /// Whether the module that is an object of the patch is loaded.
    ///
    /// # Safety
    ///
    /// The table of objects has more than `place` entries.
    pub(crate) unsafe fn has_module(&self, place: usize) -> bool {
        // SAFETY: By the type invariants and this function's safety requirements. The kernel may
        // write `mod` at any time.
        let module =
            unsafe { (&raw const (*(*self.inner.get()).objs.add(place)).mod_).read_volatile() };
        !module.is_null()
    }

    /// Notes where the kernel's list of patches begins.
    ///
    /// # Safety
    ///
    /// `patches` is the list's head.
    pub(crate) unsafe fn note_patches(&self, patches: *const bindings::list_head) {
        // INVARIANT: By this function's safety requirements.
        self.patches.set(patches);
    }

    /// Where the kernel's list of patches begins, if that has been noted.
    pub(crate) fn patches(&self) -> *const bindings::list_head {
        self.patches.get()
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::klp_patch {
        self.inner.get()
    }
}
