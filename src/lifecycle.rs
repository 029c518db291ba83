// SPDX-License-Identifier: GPL-2.0

//! The life cycle of states, from what happens to the patch.
//!
//! The callbacks of `vmlinux` drive it, since that object is always loaded and its callbacks are
//! called in transitions only.

use crate::{
    callbacks::Transition,
    data, forced,
    patch::Patch,
    rt::{bindings, c_void, code, pr_err, pr_warn, KBox, Result, GFP_KERNEL, __GFP_ZERO},
    state::{Prev, State, Unpatched},
    sys,
};
use core::{
    cell::Cell,
    ptr::{self, NonNull},
};

/// How far a patch has got with a state.
#[derive(Clone, Copy)]
enum Phase {
    /// It has nothing of the state.
    Idle,
    /// It has set the state up and is being enabled.
    SetUp,
    /// It is being enabled, and a patch in force has the state, the data of which are taken over as
    /// they are.
    Adopting,
    /// The same, but these are the data, in the layout of its own version.
    Migrating(*mut c_void),
    /// It is in force.
    InForce,
    /// It is being disabled, and nobody else has the state.
    Disabled,
}

/// The functions of a state.
///
/// The data that they are given must be as the state's type has them, and nobody else may access
/// them at the time, or ever after `release` and `free`.
struct Functions {
    id: usize,
    layout_since: u32,
    holds: fn(*mut c_void) -> bool,
    setup: fn() -> Result<*mut c_void>,
    enable: unsafe fn(*mut c_void),
    disable: unsafe fn(*mut c_void),
    migrate: fn(&Prev<'_>) -> Result<*mut c_void>,
    adopt: unsafe fn(*mut c_void, &Prev<'_>),
    release: unsafe fn(*mut c_void, &Unpatched),
    free: unsafe fn(*mut c_void),
}

impl Functions {
    const fn of<S: State>() -> Self {
        Self {
            id: S::ID,
            layout_since: S::LAYOUT_SINCE,
            holds: data::holds::<S::Data>,
            setup: || filled(S::setup),
            enable: |data| {
                // SAFETY: By the requirements on the data.
                S::enable(unsafe { data::place(data).as_mut() })
            },
            disable: |data| {
                // SAFETY: By the requirements on the data.
                S::disable(unsafe { data::place(data).as_mut() })
            },
            migrate: |prev| filled(|| S::migrate(prev)),
            adopt: |data, prev| {
                // SAFETY: By the requirements on the data.
                S::adopt(unsafe { data::place(data).as_mut() }, prev)
            },
            release: |data, unpatched| {
                // SAFETY: By the requirements on the data.
                S::release(*unsafe { data::from_raw::<S::Data>(data) }, unpatched)
            },
            free: |data| {
                // SAFETY: By the requirements on the data.
                drop(unsafe { data::from_raw::<S::Data>(data) })
            },
        }
    }
}

/// Allocates before it calls `fill`, which may do what would have to be undone.
fn filled<T: data::Data>(fill: impl FnOnce() -> Result<T>) -> Result<*mut c_void> {
    let place = KBox::new_uninit(GFP_KERNEL | __GFP_ZERO)?;
    Ok(data::into_raw(place.write(fill()?)))
}

/// A state of a patch.
pub struct LifeCycle {
    functions: Functions,
    phase: Cell<Phase>,
}

// SAFETY: `phase` is accessed under `klp_mutex` only.
unsafe impl Sync for LifeCycle {}

impl LifeCycle {
    /// The life cycle of a state.
    pub const fn of<S: State>() -> Self {
        Self {
            functions: Functions::of::<S>(),
            phase: Cell::new(Phase::Idle),
        }
    }

    fn pre_patch(&self, patch: &Patch, transition: &Transition<'_>) -> Result {
        let phase = match transition.prev_state(self.functions.id) {
            None => self.set_up(patch)?,
            // SAFETY: The patch in force stays valid during the transition.
            Some(prev) => self.prepare_to_adopt(patch, unsafe { prev.as_ref() })?,
        };
        self.phase.set(phase);
        Ok(())
    }

    fn set_up(&self, patch: &Patch) -> Result<Phase> {
        let data = (self.functions.setup)().inspect_err(|error| {
            pr_err!(
                "{}: state {} is not set up: {:?}\n",
                patch.name(),
                self.functions.id,
                error
            );
        })?;
        self.set_data(patch, data);
        Ok(Phase::SetUp)
    }

    fn prepare_to_adopt(&self, patch: &Patch, prev: &sys::klp_state) -> Result<Phase> {
        let (id, version) = (prev.id, prev.version);
        if version >= self.functions.layout_since {
            if (self.functions.holds)(prev.data) {
                return Ok(Phase::Adopting);
            }
            pr_err!(
                "{}: state {id}: the data of version {version}, which is in force, are none, too small, or not from kmalloc()\n",
                patch.name()
            );
            return Err(code::EINVAL);
        }
        if !patch.is_cumulative() {
            pr_err!(
                "{}: state {id}: version {version}, which stays in force, has data of another layout; \
                 only a cumulative patch can migrate them\n",
                patch.name()
            );
            return Err(code::EINVAL);
        }
        // SAFETY: `prev` is valid.
        let migrated = (self.functions.migrate)(&unsafe { Prev::new(prev, patch) }).inspect_err(|error| {
            pr_err!(
                "{}: state {id}: the data of version {version}, which is in force, are not migrated: {error:?}; if they \
                 have the same layout, lower LAYOUT_SINCE from {}\n",
                patch.name(),
                self.functions.layout_since
            );
        })?;
        Ok(Phase::Migrating(migrated))
    }

    fn post_patch(&self, patch: &Patch, transition: &Transition<'_>) {
        if patch.replaces_forced(self.functions.id, transition) {
            forced::mark(self.functions.id);
        }
        let phase = match self.phase.get() {
            Phase::SetUp | Phase::Disabled => {
                // SAFETY: They are this patch's own.
                unsafe { (self.functions.enable)(self.data(patch)) };
                Phase::InForce
            }
            Phase::Adopting => self.adopt(patch, transition),
            Phase::Migrating(migrated) => self.adopt_migrated(patch, transition, migrated),
            Phase::Idle => Phase::Idle,
            Phase::InForce => Phase::InForce,
        };
        self.phase.set(phase);
    }

    fn adopt(&self, patch: &Patch, transition: &Transition<'_>) -> Phase {
        let Some(prev) = transition.prev_state(self.functions.id) else {
            return Phase::Idle;
        };
        // SAFETY: `prev` is valid, and nobody accesses it before the callback returns.
        let (version, data) = unsafe { ((*prev.as_ptr()).version, (*prev.as_ptr()).data) };
        if !(self.functions.holds)(data) {
            pr_err!(
                "{}: state {}: version {version} has taken its data away during the transition\n",
                patch.name(),
                self.functions.id
            );
            return Phase::Idle;
        }
        self.set_data(patch, data);
        // SAFETY: They are large enough, as has just been checked, and this patch's from now on.
        unsafe { (self.functions.adopt)(data, &Prev::without_data(version, patch)) };
        Phase::InForce
    }

    fn adopt_migrated(
        &self,
        patch: &Patch,
        transition: &Transition<'_>,
        migrated: *mut c_void,
    ) -> Phase {
        self.set_data(patch, migrated);
        if let Some(prev) = transition.prev_state(self.functions.id) {
            // SAFETY: `prev` is valid, and nobody accesses it before the callback returns. The
            // migrated data are this patch's own.
            unsafe { (self.functions.adopt)(migrated, &Prev::new(prev.as_ptr(), patch)) };
            self.free_previous(patch, prev);
        }
        Phase::InForce
    }

    fn free_previous(&self, patch: &Patch, prev: NonNull<sys::klp_state>) {
        // SAFETY: `prev` is valid, and nobody accesses it before the callback returns.
        let data = unsafe { ptr::replace(&raw mut (*prev.as_ptr()).data, ptr::null_mut()) };
        if forced::is_marked(self.functions.id) || !data::is_allocated(data) {
            if !data.is_null() {
                pr_warn!(
                    "{}: state {}: the previous data are not freed, since the transition was forced or they are not \
                     from kmalloc()\n",
                    patch.name(),
                    self.functions.id
                );
            }
            return;
        }
        // SAFETY: They are from `kmalloc()`, and nobody's any more, since this patch, which is
        // cumulative, has replaced the others.
        unsafe { bindings::kfree(data) };
    }

    fn pre_unpatch(&self, patch: &Patch, transition: &Transition<'_>) {
        let id = self.functions.id;
        if transition.prev_state(id).is_some() || patch.later_has_state(id, transition) {
            return;
        }
        if let Phase::InForce = self.phase.get() {
            // SAFETY: Nobody else has them.
            unsafe { (self.functions.disable)(self.data(patch)) };
            self.phase.set(Phase::Disabled);
        }
    }

    fn post_unpatch(&self, patch: &Patch) {
        let id = self.functions.id;
        if patch.is_forced() {
            forced::mark(id);
        }
        match self.phase.get() {
            Phase::SetUp | Phase::Disabled => {
                // SAFETY: They are this patch's own.
                unsafe { (self.functions.release)(self.data(patch), &Unpatched::new(id)) };
            }
            // SAFETY: They are this patch's own.
            Phase::Migrating(migrated) => unsafe { (self.functions.free)(migrated) },
            Phase::Idle | Phase::Adopting | Phase::InForce => (),
        }
        self.set_data(patch, ptr::null_mut());
        self.phase.set(Phase::Idle);
    }

    fn data(&self, patch: &Patch) -> *mut c_void {
        match patch.state(self.functions.id) {
            // SAFETY: The table is valid, and accessed under `klp_mutex` only.
            Some(state) => unsafe { (*state.as_ptr()).data },
            None => ptr::null_mut(),
        }
    }

    fn set_data(&self, patch: &Patch, data: *mut c_void) {
        if let Some(state) = patch.state(self.functions.id) {
            // SAFETY: As above.
            unsafe { (*state.as_ptr()).data = data };
        }
    }
}

/// Before anything is patched. If one state fails, those before it are undone.
pub(crate) fn pre_patch(
    states: &[LifeCycle],
    patch: &Patch,
    transition: &Transition<'_>,
) -> Result {
    patch.note_patches(transition);
    for state in states {
        state
            .pre_patch(patch, transition)
            .inspect_err(|_| post_unpatch(states, patch))?;
    }
    Ok(())
}

/// When all tasks have gone over to the replacements.
pub(crate) fn post_patch(states: &[LifeCycle], patch: &Patch, transition: &Transition<'_>) {
    states
        .iter()
        .for_each(|state| state.post_patch(patch, transition));
}

/// Before tasks go back.
pub(crate) fn pre_unpatch(states: &[LifeCycle], patch: &Patch, transition: &Transition<'_>) {
    states
        .iter()
        .rev()
        .for_each(|state| state.pre_unpatch(patch, transition));
}

/// When all tasks are out of the replacements.
pub(crate) fn post_unpatch(states: &[LifeCycle], patch: &Patch) {
    states
        .iter()
        .rev()
        .for_each(|state| state.post_unpatch(patch));
}
