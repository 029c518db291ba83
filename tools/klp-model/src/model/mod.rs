// SPDX-License-Identifier: GPL-2.0

//! What the kernel does, and the crate.
//!
//! All steps have a prediction, so that any can be left out of a sequence. A few are not allowed, since what happens
//! then is nobody's promise.

mod callbacks;
mod load;
mod questions;
mod sleepers;
mod states;
mod target;
mod transition;

use self::{
    states::States,
    transition::{Towards, Transition},
};
use crate::{
    catalogue::{Function, Language, Patch},
    observation::{answer, Listed, Observation, Tracked, Verdict},
    step::{Fails, Step},
};
use rustix::io::Errno;
use std::collections::BTreeMap;

/// A patch that is in force, or in a transition.
#[derive(Clone, Debug)]
struct InForce {
    patch: &'static Patch,
    replace: bool,
    fails: Fails,
    enabled: bool,
    /// Whether the target's functions are replaced, and its callbacks owed.
    has_target: bool,
}

/// A kernel, as far as it is about livepatches.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// In the order in which they were loaded.
    patches: Vec<InForce>,
    /// The modules of patches, and the kernel's references.
    modules: BTreeMap<&'static str, u32>,
    transition: Option<Transition>,
    has_target: bool,
    /// What tasks sleep in; nothing is the original.
    sleepers: Vec<Option<&'static Patch>>,
    states: States,
    events: Vec<String>,
    woken: Vec<u32>,
}

impl Model {
    /// Does a step.
    pub fn perform(&mut self, step: &Step) -> Verdict {
        self.events.clear();
        self.woken.clear();
        let verdict = match *step {
            Step::Load {
                patch,
                replace,
                fails,
            } => self.load(patch, replace, fails),
            Step::Disable(patch) => self.write_enabled(patch, false),
            Step::Enable(patch) => self.write_enabled(patch, true),
            Step::Force(patch) => self.force(patch),
            Step::Remove(patch) => self.remove(patch),
            Step::TargetComes => self.target_comes(),
            Step::TargetFails => self.target_fails(),
            Step::TargetGoes => self.target_goes(),
            Step::Hold => self.hold(),
            Step::Release => self.release(),
        };
        self.complete_transition();
        verdict
    }

    /// Whether it is anybody's promise what the step does.
    pub fn allows(&self, step: &Step) -> bool {
        match *step {
            Step::Hold => self.sleepers.len() < sleepers::MOST,
            Step::Disable(patch) => !self.would_free_what_is_used(patch),
            Step::Enable(patch) => !self.would_read_what_is_no_function(patch),
            _ => true,
        }
    }

    /// A patch in C frees the data of its states without a look at patches above, see `klp::State`.
    fn would_free_what_is_used(&self, patch: &Patch) -> bool {
        let is_used = |later: &Patch| {
            let mut ids = patch.states.iter().map(|state| state.id);
            ids.any(|id| later.state(id).is_some())
        };
        patch.language == Language::C && self.later(patch).any(is_used)
    }

    /// `klp_check_stack_func()` takes what follows the patch's function in the stack for the one below. That is the list's
    /// head if there is none below; it only looks whether the patch's is the only one, which it is not if there are others above.
    fn would_read_what_is_no_function(&self, patch: &Patch) -> bool {
        let is_lowest = |function: Function| {
            let mut earlier = self.patches.iter().map(|listed| listed.patch);
            earlier.find(|earlier| earlier.replaces(function)) == Some(patch)
        };
        let is_above = |function| self.later(patch).any(|later| later.replaces(function));
        let mut functions = patch.functions.iter().copied();
        self.is_in_transition(patch)
            && functions.any(|function| is_lowest(function) && is_above(function))
    }

    /// The patches that were loaded after it.
    fn later(&self, patch: &Patch) -> impl Iterator<Item = &'static Patch> + '_ {
        let place = self
            .place(patch)
            .map_or(self.patches.len(), |place| place + 1);
        self.patches[place..].iter().map(|later| later.patch)
    }

    /// What leads back to the beginning.
    pub fn tidying_step(&self) -> Option<Step> {
        if !self.sleepers.is_empty() {
            return Some(Step::Release);
        }
        if self.has_target {
            return Some(Step::TargetGoes);
        }
        if let Some(last) = self.patches.last() {
            return Some(Step::Disable(last.patch));
        }
        self.removable().first().copied().map(Step::Remove)
    }

    /// All that can be seen.
    pub fn observation(&self) -> Observation {
        Observation {
            answers: self.answers(),
            values: self.states.values.to_vec(),
            allocations: self.allocations(),
            patches: self
                .patches
                .iter()
                .map(|listed| self.listed(listed))
                .collect(),
            modules: self
                .modules
                .iter()
                .map(|(name, references)| ((*name).to_owned(), *references))
                .collect(),
            events: self.events.clone(),
            woken: self.woken.clone(),
            states: self.tracked(),
        }
    }

    fn answers(&self) -> Vec<(&'static str, u32)> {
        Function::ASKED
            .into_iter()
            .filter(|function| self.has_target || *function != Function::Add)
            .map(|function| {
                answer(
                    function,
                    self.at_work(function).map_or(0, |patch| patch.number),
                )
            })
            .collect()
    }

    /// What a task calls that has done what the transition wants, as all have that are not asleep.
    fn at_work(&self, function: Function) -> Option<&'static Patch> {
        let hidden = |patch: &InForce| match &self.transition {
            Some(transition) => transition.hides(patch),
            None => false,
        };
        self.patches
            .iter()
            .rev()
            .filter(|patch| !hidden(patch))
            .map(|patch| patch.patch)
            .find(|patch| patch.replaces(function))
    }

    fn listed(&self, listed: &InForce) -> Listed {
        Listed {
            name: listed.patch.name.to_owned(),
            enabled: listed.enabled,
            transition: self.is_in_transition(listed.patch),
            replace: listed.replace,
        }
    }

    fn tracked(&self) -> Option<Vec<Tracked>> {
        if self.transition.is_some() {
            return None;
        }
        let tracked = (1..=3).filter_map(|id| {
            Some(Tracked {
                id,
                version: self.version_before(self.patches.len(), id)?,
                saved: self.states.saved(id)?,
            })
        });
        Some(tracked.collect())
    }

    /// Where the patch is in the stack.
    fn place(&self, patch: &Patch) -> Option<usize> {
        self.patches.iter().position(|listed| listed.patch == patch)
    }

    /// The version of a state in the latest patch below a place that has it.
    fn version_before(&self, place: usize, id: usize) -> Option<u32> {
        self.patches[..place]
            .iter()
            .rev()
            .find_map(|below| below.patch.state(id))
            .map(|state| state.version)
    }

    fn is_in_transition(&self, patch: &Patch) -> bool {
        self.transition
            .as_ref()
            .is_some_and(|transition| transition.patch == patch)
    }

    fn write_enabled(&mut self, patch: &'static Patch, enabled: bool) -> Verdict {
        let place = self.place(patch).ok_or(Errno::NOENT)?;
        if self.patches[place].enabled == enabled {
            return Err(Errno::INVAL);
        }
        if self.is_in_transition(patch) {
            self.reverse(place);
        } else if self.transition.is_some() {
            return Err(Errno::BUSY);
        } else {
            self.start_to_disable(place);
        }
        Ok(())
    }

    fn force(&mut self, patch: &'static Patch) -> Verdict {
        self.place(patch).ok_or(Errno::NOENT)?;
        match &mut self.transition {
            Some(transition) if transition.patch == patch => transition.is_forced = true,
            _ => return Err(Errno::INVAL),
        }
        Ok(())
    }

    fn remove(&mut self, patch: &'static Patch) -> Verdict {
        match self.modules.get(patch.name) {
            None => Err(Errno::NOENT),
            Some(0) => {
                self.modules.remove(patch.name);
                Ok(())
            }
            Some(_) => Err(Errno::AGAIN),
        }
    }

    /// Whether the kernel lets the patch be loaded over those in force.
    fn is_compatible(&self, patch: &Patch, replace: bool) -> bool {
        self.patches
            .iter()
            .flat_map(|below| below.patch.states)
            .all(|below| match patch.state(below.id) {
                Some(state) => state.version >= below.version,
                None => !replace,
            })
    }

    fn is_enabling(&self) -> bool {
        matches!(&self.transition, Some(transition) if transition.is_enabling())
    }

    fn is_going_to(&self, towards: Towards) -> bool {
        matches!(&self.transition, Some(transition) if transition.towards == towards)
    }
}

#[cfg(test)]
mod tests;
