// SPDX-License-Identifier: GPL-2.0

//! Whether tasks have been forced out of a patch that has a state, and the evidence that none is in its replacements.
//!
//! `force` ends a transition although tasks are in functions that go away. The kernel then keeps
//! their module for ever; that they may still use what belongs to a state, is remembered here for
//! patches to come: in a shadow variable, which outlives modules, of an object that does not exist.

use crate::{
    log::say,
    rt::{c_void, raw_flags, GFP_KERNEL},
    sys,
};

/// The id of the shadow variable; "klp-rs" in ASCII.
const MARK: usize = 0x6b6c_702d_7273;

/// The kernel compares the address and nothing else; the id of the variable is that of no other.
fn owner(id: usize) -> *mut c_void {
    core::ptr::without_provenance_mut(id)
}

/// Remembers it of the state `id`.
pub(crate) fn mark(id: usize) {
    // SAFETY: Without a constructor the kernel only compares the address.
    let mark = unsafe {
        sys::klp_shadow_get_or_alloc(
            owner(id),
            MARK,
            0,
            raw_flags(GFP_KERNEL),
            None,
            core::ptr::null_mut(),
        )
    };
    if mark.is_null() {
        say!(
            "state %lu: no memory to remember that a transition was forced",
            id
        );
    }
}

/// Whether it has been remembered.
pub(crate) fn is_marked(id: usize) -> bool {
    // SAFETY: The kernel only compares the address.
    !unsafe { sys::klp_shadow_get(owner(id), MARK) }.is_null()
}

/// Evidence that no task is in the replacements of a patch, unless tasks have been forced out.
pub struct Unpatched {
    forced: bool,
}

impl Unpatched {
    pub(crate) fn new(id: usize) -> Self {
        Self {
            forced: is_marked(id),
        }
    }

    /// Whether an administrator has ever put an end to a transition (`force`) away from a patch that
    /// had the state, so that there may be tasks in its replacements after all.
    pub fn is_forced(&self) -> bool {
        self.forced
    }
}
