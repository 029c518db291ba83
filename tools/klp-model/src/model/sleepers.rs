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

    /// What the transition leads away from: the patch itself, or what is below it. Where a cumulative patch that is being enabled
    /// has no replacement and one below has, it has the original in its place.
    fn left_by(&self, patch: &'static Patch) -> Option<Option<&'static Patch>> {
        let place = self.place(patch)?;
        let mut below = self.patches[..place].iter().map(|below| below.patch);
        let below = below.rfind(|below| below.replaces(Function::Hold));
        let brings_original = self.is_enabling() && self.patches[place].replace && below.is_some();
        let brings = match patch.replaces(Function::Hold) {
            true => Some(patch),
            false if brings_original => None,
            false => return None,
        };
        Some(match self.is_going_to(Towards::Unpatched) {
            true => brings,
            false => below,
        })
    }
}
