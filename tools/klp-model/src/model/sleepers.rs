// SPDX-License-Identifier: GPL-2.0

//! Tasks that sleep in functions, and so keep a transition from its end.

use super::{Model, Towards};
use crate::{
    catalogue::{Function, Patch},
    observation::Verdict,
};

/// As many tasks sleep at once.
pub const MOST: usize = 2;

impl Model {
    pub(super) fn hold(&mut self) -> Verdict {
        self.sleepers.push(self.at_work(Function::Hold));
        Ok(())
    }

    pub(super) fn release(&mut self) -> Verdict {
        let woken = self.sleepers.drain(..);
        self.woken = woken
            .map(|patch| patch.map_or(0, |patch| patch.number))
            .collect();
        Ok(())
    }

    /// Whether a task is asleep in what the transition leaves.
    pub(super) fn is_held_up(&self) -> bool {
        let Some(transition) = &self.transition else {
            return false;
        };
        if transition.is_forced {
            return false;
        }
        match self.left_by(transition.patch) {
            Some(left) => self.sleepers.contains(&left),
            None => false,
        }
    }

    /// What the patch in transition takes away: itself, or what is below it.
    fn left_by(&self, patch: &'static Patch) -> Option<Option<&'static Patch>> {
        let holds = |patch: &'static Patch| patch.replaces(Function::Hold);
        let place = self.place(patch)?;
        let mut below = self.patches[..place]
            .iter()
            .rev()
            .map(|listed| listed.patch);
        let below = below.find(|patch| holds(patch));
        if self.is_going_to(Towards::Unpatched) {
            return holds(patch).then_some(Some(patch));
        }
        let brings_back_the_original =
            self.is_enabling() && self.patches[place].replace && below.is_some();
        (holds(patch) || brings_back_the_original).then_some(below)
    }
}
