// SPDX-License-Identifier: GPL-2.0

//! What the kernel calls when an object is patched and unpatched.
//!
//! C header: [`include/linux/livepatch.h`](srctree/include/linux/livepatch.h)

use crate::sys;

/// The callbacks of an object of one patch.
///
/// [`livepatch!`](crate::livepatch!) makes them of what implements [`Callbacks`](crate::Callbacks).
///
/// Wraps the kernel's `struct klp_callbacks`.
pub struct CallbackTable(sys::klp_callbacks);

impl CallbackTable {
    /// No callbacks.
    pub const NONE: Self = Self::new(sys::klp_callbacks {
        pre_patch: None,
        post_patch: None,
        pre_unpatch: None,
        post_unpatch: None,
        post_unpatch_enabled: false,
    });

    pub(crate) const fn new(callbacks: sys::klp_callbacks) -> Self {
        Self(callbacks)
    }

    pub(crate) const fn into_inner(self) -> sys::klp_callbacks {
        self.0
    }
}
