// SPDX-License-Identifier: GPL-2.0

//! The life cycle of states, from what happens to the patch.
//!
//! The callbacks of `vmlinux` drive it, since that object is always loaded and its callbacks are
//! called in transitions only.

mod functions;

use self::functions::{Change, Functions};
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

/// A state of a patch. The `data` that its functions take are those of its entry in the patch's table.
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

    fn pre_patch(&self, data: &Cell<*mut c_void>, transition: &Transition<'_>) -> Result {
        let patch = transition.patch();
        let prev = match transition.prev_state(self.functions.id) {
            None => None,
            Some(prev) => {
                // SAFETY: The patch in force stays valid during the transition.
                let prev = unsafe { prev.as_ref() };
                if self.can_adopt(patch, prev)? {
                    self.phase.set(Phase::Adopting);
                    return Ok(());
                }
                // SAFETY: As above.
                Some(unsafe { Prev::new(prev, patch) })
            }
        };
        let value = self.make(patch, prev.as_ref())?;
        // INVARIANT: It has just been made, and is put into the entry, or left NULL there.
        self.phase.set(if prev.is_some() {
            Phase::Migrating(value)
        } else {
            data.set(value);
            Phase::SetUp
        });
        Ok(())
    }

    /// Whether the data can be taken over as they are; else they have to be migrated.
    fn can_adopt(&self, patch: &Patch, prev: &sys::klp_state) -> Result<bool> {
        let (id, version) = (prev.id, prev.version);
        if version >= self.functions.layout_since {
            if self.functions.holds(prev.data) {
                return Ok(true);
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
        Ok(false)
    }

    /// A value of the state: migrated from the previous one, if that is given, or set up.
    fn make(&self, patch: &Patch, prev: Option<&Prev<'_>>) -> Result<*mut c_void> {
        let Functions {
            id, layout_since, ..
        } = self.functions;
        self.functions.make(prev).inspect_err(|error| match prev {
            None => say!("%s: state %lu is not set up: %pe", patch.name(), id, *error),
            Some(prev) => say!(
                "%s: state %lu: the data of version %u, which is in force, are not migrated: %pe; if they have the same \
                 layout, lower LAYOUT_SINCE from %u",
                patch.name(),
                id,
                prev.version(),
                *error,
                layout_since
            ),
        })
    }

    fn post_patch(&self, data: &Cell<*mut c_void>, transition: &Transition<'_>) {
        if transition.replaces_forced(self.functions.id) {
            forced::mark(self.functions.id);
        }
        let phase = match self.phase.get() {
            Phase::SetUp | Phase::Disabled => {
                // SAFETY: By the type invariants.
                unsafe { (self.functions.change)(data.get(), Change::Enable) };
                Phase::InForce
            }
            Phase::Adopting => self.adopt(data, transition),
            Phase::Migrating(migrated) => {
                // SAFETY: By the type invariants.
                unsafe { self.adopt_migrated(data, transition, migrated) };
                Phase::InForce
            }
            phase @ (Phase::Idle | Phase::InForce) => phase,
        };
        // INVARIANT: What was set up or disabled stays where it is. What is adopted is in the entry, or else that is NULL.
        self.phase.set(phase);
    }

    fn adopt(&self, data: &Cell<*mut c_void>, transition: &Transition<'_>) -> Phase {
        let patch = transition.patch();
        let Some(prev) = transition.prev_state(self.functions.id) else {
            return Phase::Idle;
        };
        // SAFETY: `prev` is valid, and nobody accesses it before the callback returns.
        let (version, value) = unsafe { ((*prev.as_ptr()).version, (*prev.as_ptr()).data) };
        if !self.functions.holds(value) {
            say!(
                "%s: state %lu: version %u has taken its data away during the transition",
                patch.name(),
                self.functions.id,
                version
            );
            return Phase::Idle;
        }
        data.set(value);
        let prev = Prev::without_data(version, patch);
        // SAFETY: They are a value of the state: there is room, as has just been checked.
        unsafe { (self.functions.change)(value, Change::Adopt(&prev)) };
        Phase::InForce
    }

    /// # Safety
    ///
    /// `migrated` are a value of the state.
    unsafe fn adopt_migrated(
        &self,
        data: &Cell<*mut c_void>,
        transition: &Transition<'_>,
        migrated: *mut c_void,
    ) {
        let patch = transition.patch();
        data.set(migrated);
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

    fn pre_unpatch(&self, data: &Cell<*mut c_void>, transition: &Transition<'_>) {
        let id = self.functions.id;
        if transition.prev_state(id).is_some() || transition.later_has_state(id) {
            return;
        }
        if let Phase::InForce = self.phase.get() {
            // SAFETY: By the type invariants.
            unsafe { (self.functions.change)(data.get(), Change::Disable) };
            // INVARIANT: Neither an earlier nor a later patch has the state.
            self.phase.set(Phase::Disabled);
        }
    }

    fn post_unpatch(&self, data: &Cell<*mut c_void>, patch: &Patch) {
        let id = self.functions.id;
        if patch.is_forced() {
            forced::mark(id);
        }
        match self.phase.get() {
            Phase::SetUp | Phase::Disabled => {
                let unpatched = Unpatched::new(id);
                // SAFETY: By the type invariants it is this patch's alone, and out of the entry below.
                unsafe {
                    (self.functions.change)(data.get(), Change::Release(&unpatched));
                    self.functions.free(data.get());
                }
            }
            // SAFETY: By the type invariants.
            Phase::Migrating(migrated) => unsafe { self.functions.free(migrated) },
            Phase::Idle | Phase::Adopting | Phase::InForce => (),
        }
        // INVARIANT: The entry has NULL, as `Idle` says.
        data.set(ptr::null_mut());
        self.phase.set(Phase::Idle);
    }
}

/// The life cycles of a patch's states.
///
/// # Invariants
///
/// There is one for each entry of the patch's table of states, the first of the first entry's state, and so on.
pub struct LifeCycles {
    states: &'static [LifeCycle],
    patch: &'static Patch,
}

impl LifeCycles {
    /// The life cycles of the patch's states.
    ///
    /// # Safety
    ///
    /// There is one for each entry of the patch's table of states, the first of the first entry's state, and so on.
    pub const unsafe fn new(states: &'static [LifeCycle], patch: &'static Patch) -> Self {
        // INVARIANT: By this function's safety requirements.
        Self { states, patch }
    }

    /// Before anything is patched. If one state fails, those before it are undone.
    pub(crate) fn pre_patch(&self, transition: &Transition<'_>) -> Result {
        for (state, data) in self.with_data() {
            state
                .pre_patch(data, transition)
                .inspect_err(|_| self.post_unpatch())?;
        }
        Ok(())
    }

    /// When all tasks have gone over to the replacements.
    pub(crate) fn post_patch(&self, transition: &Transition<'_>) {
        self.with_data()
            .for_each(|(state, data)| state.post_patch(data, transition));
    }

    /// Before tasks go back.
    pub(crate) fn pre_unpatch(&self, transition: &Transition<'_>) {
        self.with_data()
            .rev()
            .for_each(|(state, data)| state.pre_unpatch(data, transition));
    }

    /// When all tasks are out of the replacements.
    pub(crate) fn post_unpatch(&self) {
        self.with_data()
            .rev()
            .for_each(|(state, data)| state.post_unpatch(data, self.patch));
    }

    /// In callbacks: each with the data in the patch's table.
    fn with_data(
        &self,
    ) -> impl DoubleEndedIterator<Item = (&'static LifeCycle, &'static Cell<*mut c_void>)> {
        // SAFETY: By the type invariants.
        let entries = unsafe { self.patch.entries(self.states.len()) };
        self.states
            .iter()
            .zip(entries)
            // SAFETY: Callbacks hold `klp_mutex`.
            .map(|(state, entry)| (state, unsafe { entry.data() }))
    }
}
