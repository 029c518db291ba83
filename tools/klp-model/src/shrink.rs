// SPDX-License-Identifier: GPL-2.0

//! A failing sequence is made as short as it can be: as many steps as possible are left out of it, and those that stay are made
//! as plain as possible.

use crate::{
    kernel::Kernel,
    run::{play, Failure},
    step::Step,
    tally::Tally,
};
use anyhow::Result;

/// The shortest that was found. Where something fails, it need not be the same.
pub fn shrink(kernel: &mut dyn Kernel, mut failure: Failure) -> Result<Failure> {
    let mut length = failure.steps.len() / 2;
    while length > 0 {
        match first_failure(kernel, without(&failure.steps, length))? {
            Some(shorter) => {
                failure = shorter;
                length = length.min(failure.steps.len() / 2);
            }
            None => length /= 2,
        }
    }
    while let Some(plainer) = first_failure(kernel, plainer(&failure.steps))? {
        failure = plainer;
    }
    Ok(failure)
}

fn first_failure(kernel: &mut dyn Kernel, candidates: Vec<Vec<Step>>) -> Result<Option<Failure>> {
    for candidate in candidates {
        match play(kernel, &candidate, &mut Tally::default())? {
            Some(failure) if failure.steps.len() <= candidate.len() => return Ok(Some(failure)),
            _ => (),
        }
    }
    Ok(None)
}

/// The sequences with so many steps left out, at each place.
fn without(steps: &[Step], length: usize) -> Vec<Vec<Step>> {
    let starts = (0..steps.len()).step_by(length);
    starts
        .map(|start| [&steps[..start], &steps[steps.len().min(start + length)..]].concat())
        .collect()
}

/// The sequences in which one patch is loaded in a plainer way.
fn plainer(steps: &[Step]) -> Vec<Vec<Step>> {
    let mut sequences = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let Step::Load {
            patch,
            replace,
            fails,
        } = *step
        else {
            continue;
        };
        let mut put = |replace, fails| {
            let mut sequence = steps.to_vec();
            sequence[at] = Step::Load {
                patch,
                replace,
                fails,
            };
            sequences.push(sequence);
        };
        if fails != 0 {
            put(replace, 0);
        }
        if replace {
            put(false, fails);
        }
    }
    sequences
}
