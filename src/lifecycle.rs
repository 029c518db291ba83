// SPDX-License-Identifier: GPL-2.0

//! The life cycle of states, from what happens to the patch.
//!
//! The callbacks of `vmlinux` drive it, since that object is always loaded and its callbacks are
//! called in transitions only.

mod functions;

use self::functions::{Change, End, Functions};
use crate::{
    data,
    forced::{self, Unpatched},
    log::say,
    patch::Patch,
    rt::{bindings, c_void, code, Result},
    state::{Prev, State},
    sys,
    transition::Transition,
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

/// A state of a patch.
///
/// # Invariants
///
/// Until the patch is replaced, of which it is not told:
///
/// - In `SetUp`, `InForce` and `Disabled` the state's entry in the patch's table has a value of the state, else
///   NULL.
/// - In `SetUp` and `Disabled` it is no other patch's.
/// - The data of `Migrating` are a value of the state, which is nobody else's.
pub struct LifeCycle {
    functions: Functions,
    phase: Cell<Phase>,
}

// SAFETY: `phase` is accessed under `klp_mutex` only.
unsafe impl Sync for LifeCycle {}

impl LifeCycle {
    /// The life cycle of a state.
    pub const fn of<S: State>() -> Self {
        // INVARIANT: The patch's table has NULL.
        Self {
            functions: Functions::of::<S>(),
            phase: Cell::new(Phase::Idle),
        }
    }

    fn pre_patch(&self, transition: &Transition<'_>) -> Result {
        let patch = transition.patch();
        let phase = match transition.prev_state(self.functions.id) {
            None => self.set_up(patch)?,
            // SAFETY: The patch in force stays valid during the transition.
            Some(prev) => self.prepare_to_adopt(patch, unsafe { prev.as_ref() })?,
        };
        // INVARIANT: `set_up()` has put the value that it has made into the entry; the other has left NULL there, and
        // hands over what `migrate` has made, if anything.
        self.phase.set(phase);
        Ok(())
    }

    fn set_up(&self, patch: &Patch) -> Result<Phase> {
        let data = (self.functions.setup)().inspect_err(|error| {
            say!(
                "%s: state %lu is not set up: %pe",
                patch.name(),
                self.functions.id,
                *error
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
            say!(
                "%s: state %lu: the data of version %u, which is in force, are none, too small, or not from kmalloc()",
                patch.name(),
                id,
                version
            );
            return Err(code::EINVAL);
        }
        if !patch.is_cumulative() {
            say!(
                "%s: state %lu: version %u, which stays in force, has data of another layout; only a cumulative \
                 patch can migrate them",
                patch.name(),
                id,
                version
            );
            return Err(code::EINVAL);
        }
        let migrated = match self.functions.migrate {
            // SAFETY: `prev` is valid.
            Some(migrate) => migrate(&unsafe { Prev::new(prev, patch) }),
            None => Err(code::EINVAL),
        }
        .inspect_err(|error| {
            say!(
                "%s: state %lu: the data of version %u, which is in force, are not migrated: %pe; if they have the same \
                 layout, lower LAYOUT_SINCE from %u",
                patch.name(),
                id,
                version,
                *error,
                self.functions.layout_since
            );
        })?;
        Ok(Phase::Migrating(migrated))
    }

    fn post_patch(&self, transition: &Transition<'_>) {
        let patch = transition.patch();
        if transition.replaces_forced(self.functions.id) {
            forced::mark(self.functions.id);
        }
        let phase = match self.phase.get() {
            Phase::SetUp | Phase::Disabled => {
                // SAFETY: By the type invariants.
                unsafe { (self.functions.change)(self.data(patch), Change::Enable) };
                Phase::InForce
            }
            Phase::Adopting => self.adopt(patch, transition),
            Phase::Migrating(migrated) => {
                // SAFETY: By the type invariants.
                unsafe { self.adopt_migrated(patch, transition, migrated) };
                Phase::InForce
            }
            phase @ (Phase::Idle | Phase::InForce) => phase,
        };
        // INVARIANT: What was set up or disabled stays where it is. What is adopted is in the entry, or else that is NULL.
        self.phase.set(phase);
    }

    fn adopt(&self, patch: &Patch, transition: &Transition<'_>) -> Phase {
        let Some(prev) = transition.prev_state(self.functions.id) else {
            return Phase::Idle;
        };
        // SAFETY: `prev` is valid, and nobody accesses it before the callback returns.
        let (version, data) = unsafe { ((*prev.as_ptr()).version, (*prev.as_ptr()).data) };
        if !(self.functions.holds)(data) {
            say!(
                "%s: state %lu: version %u has taken its data away during the transition",
                patch.name(),
                self.functions.id,
                version
            );
            return Phase::Idle;
        }
        self.set_data(patch, data);
        let prev = Prev::without_data(version, patch);
        // SAFETY: They are a value of the state: there is room, as has just been checked.
        unsafe { (self.functions.change)(data, Change::Adopt(&prev)) };
        Phase::InForce
    }

    /// # Safety
    ///
    /// `migrated` are a value of the state.
    unsafe fn adopt_migrated(
        &self,
        patch: &Patch,
        transition: &Transition<'_>,
        migrated: *mut c_void,
    ) {
        self.set_data(patch, migrated);
        if let Some(previous) = transition.prev_state(self.functions.id) {
            // SAFETY: It is valid, and nobody accesses it before the callback returns.
            let prev = unsafe { Prev::new(previous.as_ptr(), patch) };
            // SAFETY: By this function's safety requirements.
            unsafe { (self.functions.change)(migrated, Change::Adopt(&prev)) };
            self.free_previous(patch, previous);
        }
    }

    fn free_previous(&self, patch: &Patch, prev: NonNull<sys::klp_state>) {
        // SAFETY: `prev` is valid, and nobody accesses it before the callback returns.
        let data = unsafe { ptr::replace(&raw mut (*prev.as_ptr()).data, ptr::null_mut()) };
        if forced::is_marked(self.functions.id) || !data::is_allocated(data) {
            if !data.is_null() {
                say!(
                    warning: "%s: state %lu: the previous data are not freed, since the transition was forced or they are \
                     not from kmalloc()",
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

    fn pre_unpatch(&self, transition: &Transition<'_>) {
        let id = self.functions.id;
        if transition.prev_state(id).is_some() || transition.later_has_state(id) {
            return;
        }
        if let Phase::InForce = self.phase.get() {
            let data = self.data(transition.patch());
            // SAFETY: By the type invariants.
            unsafe { (self.functions.change)(data, Change::Disable) };
            // INVARIANT: Neither an earlier nor a later patch has the state.
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
                let unpatched = Unpatched::new(id);
                // SAFETY: By the type invariants it is this patch's alone, and out of the entry below.
                unsafe { (self.functions.end)(self.data(patch), End::Release(&unpatched)) };
            }
            // SAFETY: By the type invariants.
            Phase::Migrating(migrated) => unsafe { (self.functions.end)(migrated, End::Discard) },
            Phase::Idle | Phase::Adopting | Phase::InForce => (),
        }
        // INVARIANT: The entry has NULL, as `Idle` says.
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
pub(crate) fn pre_patch(states: &[LifeCycle], transition: &Transition<'_>) -> Result {
    for state in states {
        state
            .pre_patch(transition)
            .inspect_err(|_| post_unpatch(states, transition.patch()))?;
    }
    Ok(())
}

/// When all tasks have gone over to the replacements.
pub(crate) fn post_patch(states: &[LifeCycle], transition: &Transition<'_>) {
    states.iter().for_each(|state| state.post_patch(transition));
}

/// Before tasks go back.
pub(crate) fn pre_unpatch(states: &[LifeCycle], transition: &Transition<'_>) {
    states
        .iter()
        .rev()
        .for_each(|state| state.pre_unpatch(transition));
}

/// When all tasks are out of the replacements.
pub(crate) fn post_unpatch(states: &[LifeCycle], patch: &Patch) {
    states
        .iter()
        .rev()
        .for_each(|state| state.post_unpatch(patch));
}
