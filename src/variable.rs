// SPDX-License-Identifier: GPL-2.0

//! Variables that [`symbols!`](crate::symbols!) declares, and whether the module is there that has
//! them.

use crate::patch::Patch;
use core::ptr::NonNull;

/// A variable of the kernel itself, declared with [`symbols!`](crate::symbols!).
///
/// # Invariants
///
/// It points at the address of the variable, which does not change.
pub struct Variable<T>(*const *mut T);

// SAFETY: It gives out an address and nothing else.
unsafe impl<T> Sync for Variable<T> {}

impl<T> Variable<T> {
    /// # Safety
    ///
    /// The kernel writes the address to `word` before it calls into the module, and not again.
    #[doc(hidden)]
    pub const unsafe fn new(word: *const usize) -> Self {
        // INVARIANT: By this function's safety requirements.
        Self(word.cast())
    }

    /// Where the variable is.
    pub fn as_ptr(&self) -> *mut T {
        // SAFETY: By the type invariants. The compiler knows of no one who writes there.
        unsafe { self.0.read_volatile() }
    }
}

/// A module that symbols are of.
///
/// # Invariants
///
/// The table of the patch's objects has more than `place` entries.
#[doc(hidden)]
pub struct PatchedModule {
    patch: fn() -> &'static Patch,
    place: usize,
}

impl PatchedModule {
    /// The object at `place` of `patch`.
    ///
    /// # Safety
    ///
    /// The table of the patch's objects has more than `place` entries.
    pub const unsafe fn new(patch: fn() -> &'static Patch, place: usize) -> Self {
        // INVARIANT: By this function's safety requirements.
        Self { patch, place }
    }

    /// Whether the kernel has found the module and not let go of it, or refused it. It writes the
    /// places of its symbols after it has found it, and clears them before it lets go.
    pub fn is_there(&self) -> bool {
        // SAFETY: By the type invariants.
        unsafe { (self.patch)().has_module(self.place) }
    }
}

/// A variable of a module, declared with [`symbols!`](crate::symbols!).
///
/// # Invariants
///
/// `word` is what the kernel writes the variable's address to while it loads `module`.
pub struct ModuleVariable<T> {
    word: *const *mut T,
    module: PatchedModule,
}

// SAFETY: It gives out an address and nothing else.
unsafe impl<T> Sync for ModuleVariable<T> {}

impl<T> ModuleVariable<T> {
    /// # Safety
    ///
    /// `word` is what the kernel writes the variable's address to while it loads `module`.
    #[doc(hidden)]
    pub const unsafe fn new(word: *const usize, module: PatchedModule) -> Self {
        // INVARIANT: By this function's safety requirements.
        Self {
            word: word.cast(),
            module,
        }
    }

    /// Where the variable is, or [`None`] while the module is not loaded.
    pub fn get(&self) -> Option<NonNull<T>> {
        if !self.module.is_there() {
            return None;
        }
        // SAFETY: By the type invariants. The kernel may write there at any time.
        NonNull::new(unsafe { self.word.read_volatile() })
    }
}
