// SPDX-License-Identifier: GPL-2.0

//! The target's module comes and goes.

use super::{callbacks::Target, Model};
use crate::{observation::Verdict, step::AT_TARGET};
use rustix::io::Errno;

impl Model {
    pub(super) fn target_comes(&mut self) -> Verdict {
        if self.has_target {
            return Err(Errno::EXIST);
        }
        for place in 0..self.patches.len() {
            let listed = &self.patches[place];
            let patch = listed.patch;
            if !patch.has_target() {
                continue;
            }
            if listed.fails == AT_TARGET {
                self.leave_target(place, Target::Coming);
                return Err(Errno::NODEV);
            }
            self.called_for_target(patch, "pre_patch", Target::Coming);
            if !self.is_in_transition(patch) {
                self.called_for_target(patch, "post_patch", Target::Coming);
            }
            self.patches[place].has_target = true;
        }
        self.has_target = true;
        Ok(())
    }

    pub(super) fn target_fails(&mut self) -> Verdict {
        self.target_comes()?;
        self.target_goes()?;
        Err(Errno::NODEV)
    }

    pub(super) fn target_goes(&mut self) -> Verdict {
        if !self.has_target {
            return Err(Errno::NOENT);
        }
        self.leave_target(self.patches.len(), Target::Going);
        self.has_target = false;
        Ok(())
    }

    /// The patches below a place leave it.
    fn leave_target(&mut self, place: usize, target: Target) {
        for place in 0..place {
            let patch = self.patches[place].patch;
            if !std::mem::take(&mut self.patches[place].has_target) {
                continue;
            }
            if !self.is_in_transition(patch) {
                self.called_for_target(patch, "pre_unpatch", target);
            }
            self.called_for_target(patch, "post_unpatch", target);
        }
    }
}
