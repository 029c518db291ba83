// SPDX-License-Identifier: GPL-2.0

//! System states: what a livepatch changes in the system beside its code, tracked by id and version
//! from patch to patch.
//!
//! C header: [`include/linux/livepatch.h`](srctree/include/linux/livepatch.h)

use crate::{
    data::{self, Data},
    forced::Unpatched,
    patch::Patch,
    rt::{c_void, code, vtable, Result},
    sys,
    transition::{ObjectView, Transition},
};
use core::{alloc::Layout, cell::Cell, ptr};

/// A state of the system that a livepatch modifies.
///
/// The types that implement it, with `#[vtable]`, are listed in `states` of
/// [`livepatch!`](crate::livepatch!). The crate keeps [`Data`](State::Data) in memory of the kernel's and calls:
///
/// | what happens to the patch | what the state sees |
/// |---|---|
/// | it is enabled, and no patch in force has the state | [`setup`](State::setup), and when the transition completes, [`enable`](State::enable) |
/// | that is reversed, or fails | `setup`, [`release`](State::release) |
/// | it is enabled, and a patch in force has the state | [`migrate`](State::migrate) if the data's layout is an older one, and when the transition completes, [`adopt`](State::adopt) |
/// | that is reversed, or fails | nothing more; the patch in force keeps its data as they are |
/// | it is disabled, and no other patch has the state | [`disable`](State::disable), and when the transition completes, `release` |
/// | disabling is reversed | `disable`, `enable` again with the same data |
/// | it is disabled, and another patch in force has the state | nothing: that patch goes on with the data |
/// | it is replaced | nothing: the patch that replaces it adopts |
///
/// Several states of a patch go in the order of their list, and back in reverse.
///
/// With the `force` of an administrator transitions complete although there are tasks in functions
/// that go away; see [`Unpatched::is_forced`].
///
/// # Patches in C
///
/// They take over from Rust and the other way round, if theirs are the data that `kmalloc()`
/// returned, no other address, and nothing but callbacks writes them. A C patch that lies below a
/// Rust patch must be disabled after it: it frees the data without looking for patches above.
///
/// # Compatibility
///
/// The kernel refuses a patch (`EINVAL`) that has a lower [`VERSION`](State::VERSION) of a state
/// than a patch in force, and one with `replace` that lacks a state of a patch in force. New states
/// are always allowed, as are patches without `replace` that lack states.
///
/// # Context
///
/// All functions are called in process context, with `klp_mutex` held: one at a time. They may
/// sleep, but neither load or unload modules nor write to livepatches' files in sysfs.
///
/// # Examples
///
/// ```ignore
/// struct Loglevel;
///
/// #[vtable]
/// impl klp::State for Loglevel {
///     const ID: usize = 1;
///     const VERSION: u32 = 1;
///     type Data = c_int;
///
///     fn setup() -> Result<c_int> {
///         Ok(0)
///     }
///
///     fn enable(saved: &mut c_int) {
///         *saved = console_loglevel();
///         set_console_loglevel(CONSOLE_LOGLEVEL_MOTORMOUTH);
///     }
///
///     fn disable(saved: &mut c_int) {
///         set_console_loglevel(*saved);
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a state",
    note = "`states` of livepatch! lists types with a `#[vtable] impl klp::State for TYPE`"
)]
#[vtable]
pub trait State: 'static {
    /// The number that identifies the state, in all patches; not 0.
    const ID: usize;

    /// The version of what this patch does to the state.
    const VERSION: u32;

    /// The first version that had the layout of [`Data`](State::Data) which this one has. Data of
    /// older ones go through [`migrate`](State::migrate).
    const LAYOUT_SINCE: u32 = Self::VERSION;

    /// The ids of the shadow variables that belong to the state, at most 30: what the module says
    /// of itself has them.
    const SHADOWS: &'static [usize] = &[];

    /// What has to be remembered while the state is modified, at most 1024 bytes.
    ///
    /// It is a bare `kmalloc()`ed value, which `data` of `struct klp_state` points at; patches in C
    /// and in Rust take it over from each other. `()` is none, and NULL.
    type Data: Data;

    /// Prepares the state before anything is patched.
    ///
    /// # Errors
    ///
    /// An error fails the loading of the patch, with that error but for `EEXIST`, see
    /// [`Callbacks::pre_patch`](crate::Callbacks::pre_patch). The states before this one are released.
    fn setup() -> Result<Self::Data>;

    /// Modifies the state. No task is in the original functions any more.
    fn enable(data: &mut Self::Data) {
        let _ = data;
    }

    /// Undoes [`enable`](State::enable). There are still tasks in the replacements.
    fn disable(data: &mut Self::Data) {
        let _ = data;
    }

    /// Makes data of this layout from data that are older than
    /// [`LAYOUT_SINCE`](State::LAYOUT_SINCE), before anything is patched. The patch in force goes
    /// on using them; they are freed once this patch has replaced it.
    ///
    /// Only a cumulative patch (`replace`) can migrate.
    ///
    /// # Errors
    ///
    /// An error fails the loading of the patch, and the patch in force keeps its data. `EINVAL` is
    /// the default.
    fn migrate(prev: &Prev<'_>) -> Result<Self::Data> {
        let _ = prev;
        Err(code::EINVAL)
    }

    /// Sees that the data of the patch in force have become this patch's. No task is in the
    /// functions of patches that are replaced any more.
    ///
    /// The state is modified already. What the earlier version did not do can be done here, but not
    /// if that [stays in force](Prev::stays_in_force): it will not undo it, and this function has no
    /// counterpart when the state is handed back.
    fn adopt(data: &mut Self::Data, prev: &Prev<'_>) {
        let _ = (data, prev);
    }

    /// Undoes [`setup`](State::setup). No task is in the replacements any more.
    ///
    /// The memory of `data` is freed afterwards.
    fn release(data: Self::Data, unpatched: &Unpatched) {
        let _ = (data, unpatched);
    }
}

/// What the state of the patch in force is, seen from the patch that is about to take it over.
pub struct Prev<'a> {
    version: u32,
    data: *mut c_void,
    /// What takes over.
    next: &'a Patch,
}

impl<'a> Prev<'a> {
    /// # Safety
    ///
    /// `state` is valid, also while the value is used.
    pub(crate) unsafe fn new(state: *const sys::klp_state, next: &'a Patch) -> Self {
        Self {
            // SAFETY: By this function's safety requirements.
            version: unsafe { (*state).version },
            // SAFETY: As above.
            data: unsafe { (*state).data },
            next,
        }
    }

    pub(crate) fn without_data(version: u32, next: &'a Patch) -> Self {
        Self {
            version,
            data: ptr::null_mut(),
            next,
        }
    }

    /// The version of the state.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Whether the previous patch stays in force, below this one, which is not cumulative.
    pub fn stays_in_force(&self) -> bool {
        !self.next.is_cumulative()
    }

    /// The data, as the type that this [`version`](Prev::version) had.
    ///
    /// Returns [`None`] if there are none, if `kmalloc()` has fewer bytes for them than the type,
    /// and in [`State::adopt`] if they have been taken over as they are. That they have the type, is
    /// up to the caller: look at the version first.
    pub fn data<T: Data>(&self) -> Option<T> {
        const {
            assert!(
                size_of::<T>() <= data::MAX_SIZE,
                "data are at most 1024 bytes, which the kernel's stack is not too small for"
            )
        };
        if !data::holds(self.data, Layout::new::<T>()) {
            return None;
        }
        // SAFETY: The memory is from `kmalloc()` and large enough. It is not freed before the
        // transition is over. All values are valid.
        Some(unsafe { data::place::<T>(self.data).as_ptr().read_volatile() })
    }
}

/// The data of a state of the callback's own patch.
///
/// Returns [`None`] if the patch does not have the state, or does not have its data: in `pre_patch`
/// if they are still another patch's, and in `post_unpatch` of a module, when they are released.
///
/// # Context
///
/// In callbacks, which alone have an [`ObjectView`]. When the patch is enabled, states go first, and
/// callbacks find their data set up and enabled. When it is disabled, the callbacks of `vmlinux` go
/// before the states, and those of modules after them: `pre_unpatch` of a module finds the state
/// disabled, and `post_unpatch` finds no data.
pub fn get_state<'a, S: State>(object: &'a ObjectView<'_>) -> Option<&'a Cell<S::Data>> {
    let state = object.patch().state(S::ID)?;
    // SAFETY: The table is valid, and accessed under `klp_mutex` only, which callbacks hold.
    let data = unsafe { (*state.as_ptr()).data };
    if !data::holds(data, Layout::new::<S::Data>()) {
        return None;
    }
    // SAFETY: The data are this patch's or shared with a patch in force, and not freed before the
    // callback returns. Whoever accesses them, needs `klp_mutex`. All values are valid.
    Some(unsafe { data::place::<S::Data>(data).cast::<Cell<_>>().as_ref() })
}

/// What the state `S` is in the latest patch in force that has it.
///
/// # Context
///
/// In callbacks, during a transition, which [`ObjectView::transition`] shows.
pub fn prev_state<'a, S: State>(transition: &'a Transition<'_>) -> Option<Prev<'a>> {
    transition.prev_state(S::ID).map(|state| {
        // SAFETY: The patch stays in force until the transition is over.
        unsafe { Prev::new(state.as_ptr(), transition.patch()) }
    })
}
