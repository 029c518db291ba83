// SPDX-License-Identifier: GPL-2.0

//! Transitions, of which there is one at a time.

use super::{callbacks::Target, states::Preparations, InForce, Model};
use crate::catalogue::{Language, Patch};

/// Where it leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Towards {
    /// All tasks are to be in the patch's functions.
    Patched,
    /// None is to be.
    Unpatched,
}

/// What it began as.
#[derive(Clone, Debug)]
enum Kind {
    Enabling(Preparations),
    Disabling,
}

/// A transition.
#[derive(Clone, Debug)]
pub struct Transition {
    /// The patch.
    pub patch: &'static Patch,
    /// Where it leads now.
    pub towards: Towards,
    /// Whether tasks were forced to its end.
    pub is_forced: bool,
    kind: Kind,
    replace: bool,
}

impl Transition {
    /// To a patch that has been loaded.
    pub fn enabling(patch: &'static Patch, replace: bool, preparations: Preparations) -> Self {
        Self {
            patch,
            towards: Towards::Patched,
            is_forced: false,
            kind: Kind::Enabling(preparations),
            replace,
        }
    }

    fn disabling(patch: &'static Patch) -> Self {
        Self {
            patch,
            towards: Towards::Unpatched,
            is_forced: false,
            kind: Kind::Disabling,
            replace: false,
        }
    }

    /// Whether it began with the patch being loaded.
    pub fn is_enabling(&self) -> bool {
        matches!(self.kind, Kind::Enabling(_))
    }

    /// Whether a task on the new side of it does not get what the patch replaces.
    pub fn hides(&self, other: &InForce) -> bool {
        match self.towards {
            Towards::Unpatched => other.patch == self.patch,
            Towards::Patched => self.is_enabling() && self.replace && other.patch != self.patch,
        }
    }
}

impl Model {
    pub(super) fn allocations(&self) -> usize {
        match &self.transition {
            Some(Transition {
                kind: Kind::Enabling(preparations),
                ..
            }) => self.states.allocations(preparations),
            _ => self.states.allocations(&Preparations::default()),
        }
    }

    pub(super) fn start_to_disable(&mut self, place: usize) {
        let InForce {
            patch, has_target, ..
        } = self.patches[place];
        self.called(patch, "pre_unpatch");
        let mut events = Vec::new();
        for state in patch.states.iter().rev() {
            if !self.is_shared(patch, state.id) {
                self.states.disable(*state, &mut events);
            }
        }
        self.note(patch, events);
        if has_target {
            self.called_for_target(patch, "pre_unpatch", Target::Live);
        }
        self.patches[place].enabled = false;
        self.transition = Some(Transition::disabling(patch));
    }

    pub(super) fn reverse(&mut self, place: usize) {
        let enabled = &mut self.patches[place].enabled;
        *enabled = !*enabled;
        if let Some(transition) = &mut self.transition {
            transition.towards = match enabled {
                true => Towards::Patched,
                false => Towards::Unpatched,
            };
        }
    }

    /// Whether another patch has the state, too.
    fn is_shared(&self, patch: &Patch, id: usize) -> bool {
        self.patches
            .iter()
            .any(|other| other.patch != patch && other.patch.state(id).is_some())
    }

    /// Unless a task keeps it from its end.
    pub(super) fn complete_transition(&mut self) {
        if self.is_held_up() {
            return;
        }
        let Some(transition) = self.transition.take() else {
            return;
        };
        let Some(place) = self.place(transition.patch) else {
            return;
        };
        match transition.towards {
            Towards::Patched => self.become_patched(place, transition),
            Towards::Unpatched => self.become_unpatched(place, transition),
        }
    }

    fn become_patched(&mut self, place: usize, transition: Transition) {
        let patch = transition.patch;
        let mut events = Vec::new();
        match transition.kind {
            Kind::Enabling(preparations) => {
                if transition.replace && transition.is_forced {
                    self.remember_who_was_forced(patch);
                }
                self.states.commit(preparations, &mut events);
                if transition.replace {
                    self.leave_those_below(place, transition.is_forced);
                }
            }
            Kind::Disabling => self.states_stay(place, &mut events),
        }
        self.note(patch, events);
        self.called(patch, "post_patch");
        if self.has_target && patch.has_target() {
            self.called_for_target(patch, "post_patch", Target::Live);
        }
    }

    /// Patches in Rust remember of their states that tasks were forced out of a patch that has them.
    fn remember_who_was_forced(&mut self, patch: &Patch) {
        if patch.language == Language::C {
            return;
        }
        for state in patch.states {
            if self.is_shared(patch, state.id) {
                self.states.mark_forced(state.id);
            }
        }
    }

    fn leave_those_below(&mut self, place: usize, is_forced: bool) {
        for replaced in self.patches.drain(..place) {
            self.modules.insert(replaced.patch.name, is_forced.into());
        }
    }

    /// The patch was to be disabled, and is not.
    fn states_stay(&mut self, place: usize, events: &mut Vec<String>) {
        let patch = self.patches[place].patch;
        for &state in patch.states {
            let below = self.version_before(place, state.id);
            match below {
                Some(version) if patch.language == Language::C => {
                    self.states.adopt(state, version, events);
                }
                None if !self.is_shared(patch, state.id) => self.states.enable(state, events),
                _ => (),
            }
        }
    }

    fn become_unpatched(&mut self, place: usize, transition: Transition) {
        let InForce {
            patch, has_target, ..
        } = self.patches[place];
        self.called(patch, "post_unpatch");
        if transition.is_forced && patch.language != Language::C {
            patch
                .states
                .iter()
                .for_each(|state| self.states.mark_forced(state.id));
        }
        let mut events = Vec::new();
        match transition.kind {
            Kind::Enabling(preparations) => self.states.abandon(preparations, &mut events),
            Kind::Disabling => {
                for state in patch.states.iter().rev() {
                    if !self.is_shared(patch, state.id) {
                        self.states.release(*state, &mut events);
                    }
                }
            }
        }
        self.note(patch, events);
        if has_target {
            self.called_for_target(patch, "post_unpatch", Target::Live);
        }
        self.patches.remove(place);
        self.modules.insert(patch.name, transition.is_forced.into());
    }
}
