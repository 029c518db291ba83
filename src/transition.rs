// SPDX-License-Identifier: GPL-2.0

//! What shows that the kernel is in a transition, and what can be known then: the other patches in force.

mod object_view;

pub use object_view::{ModuleState, ObjectView};

use crate::{
    patch::{Patch, Wanted},
    rt::{bindings, c_str, container_of},
    sys,
};
use core::{
    ffi::CStr,
    ptr::{self, NonNull},
};

/// Evidence that a transition is in progress.
///
/// # Invariants
///
/// `klp_mutex` is held, and the kernel is in a transition to or from the patch, which it has in its list.
pub struct Transition<'a>(&'a Patch);

impl<'a> Transition<'a> {
    pub(crate) fn patch(&self) -> &'a Patch {
        self.0
    }

    /// Notes where the kernel's list of patches begins.
    ///
    /// # Safety
    ///
    /// The patch is being enabled.
    pub(crate) unsafe fn note_patches(&self) {
        // SAFETY: By the type invariants the patch is in the list, which is not changed in transitions. One that is
        // being enabled is the last there.
        unsafe { self.0.note_patches((*self.0.as_ptr()).list.next) }
    }

    /// The state `id` of the latest patch that was in force before the one in transition.
    pub(crate) fn prev_state(&self, id: usize) -> Option<NonNull<sys::klp_state>> {
        // SAFETY: By the type invariants.
        NonNull::new(unsafe { sys::klp_get_prev_state(id) })
    }

    /// Whether a patch that was enabled after this one has the state.
    pub(crate) fn later_has_state(&self, id: usize) -> bool {
        self.other(|list| list.next, |patch| has_state(patch, id))
            .is_some()
    }

    /// Whether this patch replaces one that has the state, and tasks have been forced out of it.
    pub(crate) fn replaces_forced(&self, id: usize) -> bool {
        let forced = |patch: &sys::klp_patch| patch.forced && has_state(patch, id);
        self.0.is_cumulative() && self.other(|list| list.prev, forced).is_some()
    }

    /// The name of a patch that was enabled before this one and replaces the function.
    pub(crate) fn earlier_that_replaces(&self, function: &Wanted<'_>) -> Option<&CStr> {
        // SAFETY: The kernel has accepted the tables of the patches in its list, and with `klp_mutex` held nobody writes
        // them.
        let replaces = |patch: &sys::klp_patch| unsafe { function.is_in(patch) };
        let other = self.other(|list| list.prev, replaces)?;
        // SAFETY: A module's name is a string that lives as long as the module, which its patch needs.
        Some(unsafe { c_str((*other.mod_).name.as_ptr()) })
    }

    /// The first such patch on the way to the end of the kernel's list.
    fn other(
        &self,
        next: impl Fn(&bindings::list_head) -> *mut bindings::list_head,
        condition: impl Fn(&sys::klp_patch) -> bool,
    ) -> Option<&sys::klp_patch> {
        // SAFETY: By the type invariants the patch is in the list, which does not change in transitions.
        let mut entry = unsafe { next(&(*self.0.as_ptr()).list) };
        while !ptr::eq(entry, self.0.patches()) {
            // SAFETY: All entries up to the head are patches, whose tables the kernel has accepted. With `klp_mutex`
            // held nobody writes them.
            unsafe {
                let patch = &*container_of!(entry, sys::klp_patch, list);
                if condition(patch) {
                    return Some(patch);
                }
                entry = next(&*entry);
            }
        }
        None
    }
}

fn has_state(patch: &sys::klp_patch, id: usize) -> bool {
    // SAFETY: The kernel only reads the patch.
    !unsafe { sys::klp_get_state(ptr::from_ref(patch).cast_mut(), id) }.is_null()
}
