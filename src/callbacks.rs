// SPDX-License-Identifier: GPL-2.0

//! Callbacks when an object is patched and unpatched.
//!
//! C header: [`include/linux/livepatch.h`](srctree/include/linux/livepatch.h)

use crate::{
    check,
    lifecycle::LifeCycles,
    original::{self, Site},
    patch::{CallbackTable, Patch},
    rt::{build_error, c_int, from_result, vtable, Result, VTABLE_DEFAULT_ERROR},
    sys,
    transition::ObjectView,
};
use core::marker::PhantomData;

/// What a patch does when an object of it is patched and unpatched.
///
/// The type that implements it is given after the object in [`livepatch!`](crate::livepatch!):
/// `vmlinux with TYPE => […]`. What it leaves out is not called.
/// Without `#[vtable]` nothing would be: rustc says then that `USE_VTABLE_ATTR` is missing.
///
/// | what happens | what is called |
/// |---|---|
/// | the patch is enabled | [`pre_patch`](Callbacks::pre_patch), and when the transition completes, [`post_patch`](Callbacks::post_patch) |
/// | that is reversed, or the `pre_patch` of a later object fails | `pre_patch`, [`post_unpatch`](Callbacks::post_unpatch) |
/// | the patch is disabled | [`pre_unpatch`](Callbacks::pre_unpatch), and when the transition completes, `post_unpatch` |
/// | that is reversed | `pre_unpatch`, `post_patch` |
/// | `pre_patch` fails | nothing more for this object |
/// | the patch is replaced by another | nothing |
/// | the object is a module that is not loaded | nothing |
/// | it is loaded | `pre_patch`, `post_patch` |
/// | it is unloaded | `pre_unpatch`, `post_unpatch` |
/// | it is loaded or unloaded while a transition of the patch is in progress | those of the transition are called when that completes, or not at all |
///
/// The kernel calls objects in the order of its table, on the way in and on the way out. With
/// states, `vmlinux` comes first.
///
/// What is to survive a replacement, or to be restored by another patch, is a
/// [`State`](crate::State).
///
/// # Context
///
/// Process context, with `klp_mutex` held. May sleep, but neither load or unload modules nor write to
/// livepatches' files in sysfs.
///
/// # Examples
///
/// ```ignore
/// struct Log;
///
/// #[vtable]
/// impl klp::Callbacks for Log {
///     fn pre_patch(object: &klp::ObjectView<'_>) -> Result {
///         pr_info!("about to patch {:?}\n", object.name());
///         Ok(())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no callbacks",
    note = "`OBJECT with TYPE` in livepatch! needs a `#[vtable] impl klp::Callbacks for TYPE`"
)]
#[vtable]
pub trait Callbacks {
    /// Before the object is patched.
    ///
    /// # Errors
    ///
    /// An error fails the loading of the patch, or, if the object is a module that is being loaded,
    /// the loading of that module. What this function has done by then, it has to undo itself.
    /// Whoever loads sees the error as it is; in the place of a patch's `EEXIST`, though, `EBUSY`, since
    /// the kernel keeps the former for modules that are there already.
    fn pre_patch(object: &ObjectView<'_>) -> Result {
        let _ = object;
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// When no task is in the original functions any more.
    fn post_patch(object: &ObjectView<'_>) {
        let _ = object;
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Before the object is unpatched.
    fn pre_unpatch(object: &ObjectView<'_>) {
        let _ = object;
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// When no task is in the replacements any more.
    fn post_unpatch(object: &ObjectView<'_>) {
        let _ = object;
        build_error!(VTABLE_DEFAULT_ERROR)
    }
}

/// A patch that callbacks are compiled for.
#[doc(hidden)]
pub trait Owner {
    /// Whether it has states.
    const HAS_STATES: bool;

    /// Whether replacements ask for their originals.
    const HAS_ORIGINALS: bool;

    /// Whether the callbacks of `vmlinux`, which is then its first object, have more to do than its author's.
    const HAS_DRIVER: bool = Self::HAS_STATES || Self::HAS_ORIGINALS;

    /// Its objects.
    const OBJECTS: &'static [check::Object];

    /// The first function that is listed twice.
    const TWICE: Option<check::Twice>;

    /// The patch.
    fn patch() -> &'static Patch;

    /// Its states.
    fn states() -> LifeCycles;

    /// The originals that its replacements ask for.
    fn originals() -> &'static [&'static Site];
}

/// The callbacks of an object, if it has some.
#[doc(hidden)]
pub trait Hooks {
    /// `Callbacks::pre_patch`.
    const PRE_PATCH: Option<fn(&ObjectView<'_>) -> Result> = None;
    /// `Callbacks::post_patch`.
    const POST_PATCH: Option<fn(&ObjectView<'_>)> = None;
    /// `Callbacks::pre_unpatch`.
    const PRE_UNPATCH: Option<fn(&ObjectView<'_>)> = None;
    /// `Callbacks::post_unpatch`.
    const POST_UNPATCH: Option<fn(&ObjectView<'_>)> = None;
}

/// An object without callbacks.
#[doc(hidden)]
pub struct Without;

impl Hooks for Without {}

/// An object with the callbacks `C`.
#[doc(hidden)]
pub struct With<C>(PhantomData<C>);

impl<C: Callbacks> Hooks for With<C> {
    const PRE_PATCH: Option<fn(&ObjectView<'_>) -> Result> = if C::HAS_PRE_PATCH {
        Some(C::pre_patch)
    } else {
        None
    };
    const POST_PATCH: Option<fn(&ObjectView<'_>)> = if C::HAS_POST_PATCH {
        Some(C::post_patch)
    } else {
        None
    };
    const PRE_UNPATCH: Option<fn(&ObjectView<'_>)> = if C::HAS_PRE_UNPATCH {
        Some(C::pre_unpatch)
    } else {
        None
    };
    const POST_UNPATCH: Option<fn(&ObjectView<'_>)> = if C::HAS_POST_UNPATCH {
        Some(C::post_unpatch)
    } else {
        None
    };
}

/// The callbacks of an object: what `H` has is called, originals are looked at, and the states of `O` are driven if the
/// object is `vmlinux`.
#[doc(hidden)]
pub const fn table<O: Owner, H: Hooks>(is_vmlinux: bool) -> CallbackTable {
    if is_vmlinux && O::HAS_DRIVER {
        CallbackTable::new(sys::klp_callbacks {
            pre_patch: Some(pre_patch::<O, H, true>),
            post_patch: Some(post_patch::<O, H, true>),
            pre_unpatch: Some(pre_unpatch::<O, H, true>),
            post_unpatch: Some(post_unpatch::<O, H, true>),
            post_unpatch_enabled: false,
        })
    } else {
        CallbackTable::new(sys::klp_callbacks {
            pre_patch: if H::PRE_PATCH.is_some() || O::HAS_ORIGINALS {
                Some(pre_patch::<O, H, false>)
            } else {
                None
            },
            post_patch: if H::POST_PATCH.is_some() {
                Some(post_patch::<O, H, false>)
            } else {
                None
            },
            pre_unpatch: if H::PRE_UNPATCH.is_some() {
                Some(pre_unpatch::<O, H, false>)
            } else {
                None
            },
            post_unpatch: if H::POST_UNPATCH.is_some() {
                Some(post_unpatch::<O, H, false>)
            } else {
                None
            },
            post_unpatch_enabled: false,
        })
    }
}

/// # Safety
///
/// The kernel calls it for `object`, an object of `O`, which is `vmlinux` if `DRIVER`.
unsafe extern "C" fn pre_patch<O: Owner, H: Hooks, const DRIVER: bool>(
    object: *mut sys::klp_object,
) -> c_int {
    from_result(|| {
        // SAFETY: By this function's safety requirements.
        let view = unsafe { ObjectView::new(object, O::patch()) };
        if DRIVER {
            let transition = view.certain_transition();
            // SAFETY: `pre_patch` is called when the patch is being enabled, and `vmlinux` does not come later.
            unsafe { transition.note_patches() };
            original::look_below(O::originals(), &transition)?;
        }
        original::look(O::originals(), &view)?;
        if DRIVER {
            O::states().pre_patch(&view.certain_transition())?;
        }
        let result = H::PRE_PATCH.map_or(Ok(()), |hook| hook(&view));
        if DRIVER && result.is_err() {
            O::states().post_unpatch();
        }
        result.map(|()| 0)
    })
}

/// # Safety
///
/// As of [`pre_patch`].
unsafe extern "C" fn post_patch<O: Owner, H: Hooks, const DRIVER: bool>(
    object: *mut sys::klp_object,
) {
    // SAFETY: By this function's safety requirements.
    let view = unsafe { ObjectView::new(object, O::patch()) };
    if DRIVER {
        O::states().post_patch(&view.certain_transition());
    }
    if let Some(hook) = H::POST_PATCH {
        hook(&view);
    }
}

/// # Safety
///
/// As of [`pre_patch`].
unsafe extern "C" fn pre_unpatch<O: Owner, H: Hooks, const DRIVER: bool>(
    object: *mut sys::klp_object,
) {
    // SAFETY: By this function's safety requirements.
    let view = unsafe { ObjectView::new(object, O::patch()) };
    if let Some(hook) = H::PRE_UNPATCH {
        hook(&view);
    }
    if DRIVER {
        O::states().pre_unpatch(&view.certain_transition());
    }
}

/// # Safety
///
/// As of [`pre_patch`].
unsafe extern "C" fn post_unpatch<O: Owner, H: Hooks, const DRIVER: bool>(
    object: *mut sys::klp_object,
) {
    // SAFETY: By this function's safety requirements.
    let view = unsafe { ObjectView::new(object, O::patch()) };
    if let Some(hook) = H::POST_UNPATCH {
        hook(&view);
    }
    if DRIVER {
        O::states().post_unpatch();
    }
}
