// SPDX-License-Identifier: GPL-2.0

//! Callbacks when an object is patched and unpatched.
//!
//! C header: [`include/linux/livepatch.h`](srctree/include/linux/livepatch.h)

use crate::{
    check,
    lifecycle::{self, LifeCycle},
    patch::Patch,
    rt::{bindings, build_error, c_int, c_str, from_result, vtable, Result, VTABLE_DEFAULT_ERROR},
    sys,
};
use core::{ffi::CStr, marker::PhantomData, ptr::NonNull};

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
    /// A callback of `object`, an object of `O`, is being called.
    unsafe fn new<O: Owner>(object: *mut sys::klp_object) -> Self {
        // INVARIANT: By this function's safety requirements; the kernel holds the mutex then.
        Self {
            // SAFETY: The kernel calls with an object, which is not NULL.
            object: unsafe { NonNull::new_unchecked(object) },
            owner: O::patch(),
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
    fn certain_transition(&self) -> Transition<'_> {
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

/// Evidence that a transition is in progress.
///
/// # Invariants
///
/// `klp_mutex` is held, and the kernel is in a transition to or from the patch.
pub struct Transition<'a>(&'a Patch);

impl Transition<'_> {
    pub(crate) fn patch(&self) -> &Patch {
        self.0
    }

    /// The state `id` of the latest patch that was in force before the one in transition.
    pub(crate) fn prev_state(&self, id: usize) -> Option<NonNull<sys::klp_state>> {
        // SAFETY: By the type invariants.
        NonNull::new(unsafe { sys::klp_get_prev_state(id) })
    }
}

/// A patch that callbacks are compiled for.
#[doc(hidden)]
pub trait Owner {
    /// Whether it has states.
    const HAS_STATES: bool;

    /// Its objects.
    const OBJECTS: &'static [check::Object];

    /// The first function that is listed twice.
    const TWICE: Option<check::Twice>;

    /// The patch.
    fn patch() -> &'static Patch;

    /// Its states.
    fn states() -> &'static [LifeCycle];
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

/// The callbacks of an object of one patch.
///
/// [`livepatch!`](crate::livepatch!) makes them of what implements [`Callbacks`].
///
/// Wraps the kernel's `struct klp_callbacks`.
pub struct CallbackTable(sys::klp_callbacks);

impl CallbackTable {
    /// No callbacks.
    pub const NONE: Self = Self(sys::klp_callbacks {
        pre_patch: None,
        post_patch: None,
        pre_unpatch: None,
        post_unpatch: None,
        post_unpatch_enabled: false,
    });

    /// What `H` has is called, and the states of `O` are driven if the object is `vmlinux`.
    #[doc(hidden)]
    pub const fn of<O: Owner, H: Hooks>(is_vmlinux: bool) -> Self {
        if is_vmlinux && O::HAS_STATES {
            Self(sys::klp_callbacks {
                pre_patch: Some(pre_patch::<O, H, true>),
                post_patch: Some(post_patch::<O, H, true>),
                pre_unpatch: Some(pre_unpatch::<O, H, true>),
                post_unpatch: Some(post_unpatch::<O, H, true>),
                post_unpatch_enabled: false,
            })
        } else {
            Self(sys::klp_callbacks {
                pre_patch: if H::PRE_PATCH.is_some() {
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

    pub(crate) const fn into_inner(self) -> sys::klp_callbacks {
        self.0
    }
}

/// # Safety
///
/// The kernel calls it for `object`, an object of `O`, which is `vmlinux` if `STATES`.
unsafe extern "C" fn pre_patch<O: Owner, H: Hooks, const STATES: bool>(
    object: *mut sys::klp_object,
) -> c_int {
    from_result(|| {
        // SAFETY: By this function's safety requirements.
        let view = unsafe { ObjectView::new::<O>(object) };
        if STATES {
            lifecycle::pre_patch(O::states(), O::patch(), &view.certain_transition())?;
        }
        let result = H::PRE_PATCH.map_or(Ok(()), |hook| hook(&view));
        if STATES && result.is_err() {
            lifecycle::post_unpatch(O::states(), O::patch());
        }
        result.map(|()| 0)
    })
}

/// # Safety
///
/// As of [`pre_patch`].
unsafe extern "C" fn post_patch<O: Owner, H: Hooks, const STATES: bool>(
    object: *mut sys::klp_object,
) {
    // SAFETY: By this function's safety requirements.
    let view = unsafe { ObjectView::new::<O>(object) };
    if STATES {
        lifecycle::post_patch(O::states(), O::patch(), &view.certain_transition());
    }
    if let Some(hook) = H::POST_PATCH {
        hook(&view);
    }
}

/// # Safety
///
/// As of [`pre_patch`].
unsafe extern "C" fn pre_unpatch<O: Owner, H: Hooks, const STATES: bool>(
    object: *mut sys::klp_object,
) {
    // SAFETY: By this function's safety requirements.
    let view = unsafe { ObjectView::new::<O>(object) };
    if let Some(hook) = H::PRE_UNPATCH {
        hook(&view);
    }
    if STATES {
        lifecycle::pre_unpatch(O::states(), O::patch(), &view.certain_transition());
    }
}

/// # Safety
///
/// As of [`pre_patch`].
unsafe extern "C" fn post_unpatch<O: Owner, H: Hooks, const STATES: bool>(
    object: *mut sys::klp_object,
) {
    // SAFETY: By this function's safety requirements.
    let view = unsafe { ObjectView::new::<O>(object) };
    if let Some(hook) = H::POST_UNPATCH {
        hook(&view);
    }
    if STATES {
        lifecycle::post_unpatch(O::states(), O::patch());
    }
}
