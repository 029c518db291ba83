// SPDX-License-Identifier: GPL-2.0

//! A patch is loaded.

use super::{callbacks::Target, InForce, Model, Transition};
use crate::{
    catalogue::Patch,
    observation::Verdict,
    step::{Fails, AT_TARGET, AT_VMLINUX},
};
use rustix::io::Errno;

impl Model {
    pub(super) fn load(&mut self, patch: &'static Patch, replace: bool, fails: Fails) -> Verdict {
        if self.modules.contains_key(patch.name) {
            return Err(Errno::EXIST);
        }
        if !self.is_compatible(patch, replace) {
            return Err(Errno::INVAL);
        }
        if self.transition.is_some() {
            return Err(Errno::BUSY);
        }
        let mut events = Vec::new();
        let place = self.patches.len();
        let in_force: Vec<_> = (0..=3).map(|id| self.version_before(place, id)).collect();
        let prepared = self
            .states
            .prepare(patch, replace, fails, |id| in_force[id], &mut events);
        self.note(patch, events);
        let prepared = prepared?;
        let mut undo = Vec::new();
        if fails == AT_VMLINUX {
            self.states.abandon(prepared, &mut undo);
            self.note(patch, undo);
            return Err(Errno::NODEV);
        }
        self.called(patch, "pre_patch");
        let has_target = self.has_target && patch.has_target();
        if has_target && fails == AT_TARGET {
            self.called(patch, "post_unpatch");
            self.states.abandon(prepared, &mut undo);
            self.note(patch, undo);
            return Err(Errno::NODEV);
        }
        if has_target {
            self.called_for_target(patch, "pre_patch", Target::Live);
        }
        self.patches.push(InForce {
            patch,
            replace,
            fails,
            enabled: true,
            has_target,
        });
        self.modules.insert(patch.name, 1);
        self.transition = Some(Transition::enabling(patch, replace, prepared));
        Ok(())
    }
}
