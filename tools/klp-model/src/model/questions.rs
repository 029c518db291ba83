// SPDX-License-Identifier: GPL-2.0

//! Where the model is, for whoever chooses the next step.

use super::Model;
use crate::catalogue::{Patch, PATCHES};

impl Model {
    /// The patches in the kernel's list.
    pub fn in_force(&self) -> Vec<&'static Patch> {
        self.patches.iter().map(|listed| listed.patch).collect()
    }

    /// The one in a transition.
    pub fn in_transition(&self) -> Option<&'static Patch> {
        self.transition.as_ref().map(|transition| transition.patch)
    }

    /// The patches whose modules are not there.
    pub fn not_loaded(&self) -> Vec<&'static Patch> {
        let is_not_loaded = |patch: &&Patch| !self.modules.contains_key(patch.name);
        PATCHES.iter().filter(is_not_loaded).collect()
    }

    /// The patches whose modules nobody needs any more.
    pub fn removable(&self) -> Vec<&'static Patch> {
        let is_removable = |patch: &&Patch| self.modules.get(patch.name) == Some(&0);
        PATCHES.iter().filter(is_removable).collect()
    }

    /// Whether the target is there.
    pub fn has_target(&self) -> bool {
        self.has_target
    }

    /// Whether a task is asleep.
    pub fn has_sleepers(&self) -> bool {
        !self.sleepers.is_empty()
    }
}
