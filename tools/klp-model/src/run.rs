// SPDX-License-Identifier: GPL-2.0

//! Sequences of steps, done in a kernel and compared with what the model says.

use crate::{
    generate,
    kernel::Kernel,
    model::Model,
    observation, shrink,
    step::{self, Step},
    tally::Tally,
};
use anyhow::Result;

/// A kernel that did not do what the model says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Of the sequence, those up to the one that failed.
    pub steps: Vec<Step>,
    /// What is not the same, in lines.
    pub differences: Vec<String>,
}

/// As many steps make a sequence; then all is back at the beginning.
const SEQUENCE: usize = 40;

/// Random sequences. A failing one is made as short as it can be.
pub fn random(
    kernel: &mut dyn Kernel,
    seed: u64,
    steps: usize,
    tally: &mut Tally,
) -> Result<Option<Failure>> {
    let mut random = fastrand::Rng::with_seed(seed);
    while tally.steps() < steps {
        let length = SEQUENCE.min(steps - tally.steps());
        let sequence = generate::sequence(&mut random, length);
        if let Some(failure) = play(kernel, &sequence, tally)? {
            eprintln!(
                "a sequence fails, and is made shorter: {}",
                step::write(&failure.steps)
            );
            eprintln!("{}", failure.differences.join("\n"));
            return shrink::shrink(kernel, failure).map(Some);
        }
    }
    Ok(None)
}

/// One sequence, from the beginning and back to it.
pub fn play(kernel: &mut dyn Kernel, steps: &[Step], tally: &mut Tally) -> Result<Option<Failure>> {
    let failure = attempt(kernel, steps, tally)?;
    kernel.clean()?;
    Ok(failure)
}

fn attempt(kernel: &mut dyn Kernel, steps: &[Step], tally: &mut Tally) -> Result<Option<Failure>> {
    let mut model = Model::default();
    let mut done = Vec::new();
    let mut given = steps.iter().copied();
    while let Some(step) = given.next().or_else(|| model.tidying_step()) {
        if !model.allows(&step) {
            continue;
        }
        done.push(step);
        let differences = compare(kernel, &mut model, &step, tally)?;
        if !differences.is_empty() {
            return Ok(Some(Failure {
                steps: done,
                differences,
            }));
        }
    }
    Ok(None)
}

fn compare(
    kernel: &mut dyn Kernel,
    model: &mut Model,
    step: &Step,
    tally: &mut Tally,
) -> Result<Vec<String>> {
    let verdict = model.perform(step);
    let expected = model.observation();
    let kernels = kernel.perform(step)?;
    let mut differences = expected.differences(&kernel.observe(&expected)?);
    if verdict != kernels {
        let (expected, got) = (observation::name(verdict), observation::name(kernels));
        differences.insert(0, format!("verdict: expected {expected}, got {got}"));
    }
    tally.count(step, verdict, &expected);
    Ok(differences)
}

#[cfg(test)]
mod tests;
