// SPDX-License-Identifier: GPL-2.0

//! What patches report of what they are called for.

use super::Model;
use crate::catalogue::Patch;

/// How far the target is, when it is told of.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// It comes.
    Coming,
    /// It is there.
    Live,
    /// It goes.
    Going,
}

impl Model {
    pub(super) fn called(&mut self, patch: &Patch, callback: &str) {
        self.events
            .push(format!("{}: {callback} vmlinux", patch.name));
    }

    pub(super) fn called_for_target(&mut self, patch: &Patch, callback: &str, target: Target) {
        self.events.push(format!(
            "{}: {callback} klp_test_target {target:?}",
            patch.name
        ));
    }

    /// What states did, as events of the patch.
    pub(super) fn note(&mut self, patch: &Patch, events: Vec<String>) {
        let events = events
            .iter()
            .map(|event| format!("{}: {event}", patch.name));
        self.events.extend(events);
    }
}
