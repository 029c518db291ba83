// SPDX-License-Identifier: GPL-2.0

//! What a kernel has to be able to do here.

use crate::{
    observation::{Observation, Verdict},
    step::Step,
};
use anyhow::Result;

/// A kernel under test.
pub trait Kernel {
    /// Does a step.
    fn perform(&mut self, step: &Step) -> Result<Verdict>;
    /// Looks, and again for a while unless it sees what is expected: transitions end when they do.
    fn observe(&mut self, expected: &Observation) -> Result<Observation>;
    /// Leads back to the beginning, whatever has happened.
    fn clean(&mut self) -> Result<()>;
}
