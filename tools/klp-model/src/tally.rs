// SPDX-License-Identifier: GPL-2.0

//! How much was done.

use crate::{
    observation::{self, Observation, Verdict},
    step::Step,
};
use std::collections::BTreeMap;

/// Counts of steps, and of what happened in them.
#[derive(Debug, Default)]
pub struct Tally {
    steps: usize,
    verdicts: BTreeMap<(&'static str, String), usize>,
    events: BTreeMap<String, usize>,
    pending: usize,
}

impl Tally {
    /// All steps.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Counts a step.
    pub fn count(&mut self, step: &Step, verdict: Verdict, seen: &Observation) {
        self.steps += 1;
        *self
            .verdicts
            .entry((step.kind(), observation::name(verdict)))
            .or_default() += 1;
        for event in &seen.events {
            let hook = event.split(' ').nth(1).unwrap_or_default();
            *self.events.entry(hook.to_owned()).or_default() += 1;
        }
        self.pending += usize::from(seen.patches.iter().any(|patch| patch.transition));
    }

    /// All counts, in lines.
    pub fn lines(&self) -> Vec<String> {
        let verdicts = self.verdicts.iter();
        let mut lines: Vec<_> = verdicts
            .map(|((kind, verdict), count)| format!("{kind} {verdict} {count}"))
            .collect();
        lines.push(format!("pending transitions {}", self.pending));
        let events = self.events.iter();
        lines.extend(events.map(|(hook, count)| format!("{hook} called {count}")));
        lines
    }
}
