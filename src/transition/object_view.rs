// SPDX-License-Identifier: GPL-2.0

//! The object that a callback is about.

use super::Transition;
use crate::{
    patch::Patch,
    rt::{bindings, c_str},
    sys,
};
use core::{ffi::CStr, ptr::NonNull};

/// The state of a module that is patched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModuleState {
    /// Its init function has returned.
    Live,
    /// It is being loaded, its init function not done.
    Coming,
    /// It is being unloaded.
    Going,
    /// It is being set up.
    Unformed,
}

/// The object that a callback is about.
///
/// # Invariants
///
/// `object` is valid and an object of `owner`, and `klp_mutex` is held.
pub struct ObjectView<'a> {
    object: NonNull<sys::klp_object>,
    owner: &'a Patch,
}

impl<'a> ObjectView<'a> {
    /// # Safety
    ///
    /// A callback of `object`, an object of `owner`, is being called.
    pub(crate) unsafe fn new(object: *mut sys::klp_object, owner: &'a Patch) -> Self {
        // INVARIANT: By this function's safety requirements; the kernel holds the mutex then.
        Self {
            // SAFETY: The kernel calls with an object, which is not NULL.
            object: unsafe { NonNull::new_unchecked(object) },
            owner,
        }
    }

    /// The name of the module, or [`None`] for `vmlinux`.
    pub fn name(&self) -> Option<&'a CStr> {
        // SAFETY: By the type invariants, and nobody writes the name.
        let name = unsafe { (*self.object.as_ptr()).name };
        if name.is_null() {
            return None;
        }
        // SAFETY: A name in the table is a string that lives as long as the patch.
        Some(unsafe { c_str(name) })
    }

    /// The state of the module, or [`None`] for `vmlinux`.
    pub fn module_state(&self) -> Option<ModuleState> {
        // SAFETY: By the type invariants.
        let module = unsafe { (*self.object.as_ptr()).mod_ };
        if module.is_null() {
            return None;
        }
        // SAFETY: With `klp_mutex` held, the module does not go away. Others write the state.
        match unsafe { (&raw const (*module).state).read_volatile() } {
            bindings::module_state_MODULE_STATE_LIVE => Some(ModuleState::Live),
            bindings::module_state_MODULE_STATE_COMING => Some(ModuleState::Coming),
            bindings::module_state_MODULE_STATE_GOING => Some(ModuleState::Going),
            _ => Some(ModuleState::Unformed),
        }
    }

    /// The patch.
    pub fn patch(&self) -> &'a Patch {
        self.owner
    }

    /// The transition that a callback of `vmlinux` is always called in.
    pub(crate) fn certain_transition(&self) -> Transition<'_> {
        // INVARIANT: `vmlinux` neither comes nor goes.
        Transition(self.owner)
    }

    /// Shows that a transition is in progress, or [`None`] if there may be none, because the object
    /// is a module that is being loaded or unloaded.
    pub fn transition(&self) -> Option<Transition<'_>> {
        // INVARIANT: The kernel calls outside of transitions only for modules that are coming or
        // going.
        matches!(self.module_state(), None | Some(ModuleState::Live))
            .then_some(Transition(self.owner))
    }
}
