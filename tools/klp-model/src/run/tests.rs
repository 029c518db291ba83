// SPDX-License-Identifier: GPL-2.0

//! With a false kernel in the place of the real one: the model itself, with a fault.

use super::*;
use crate::observation::{Observation, Verdict};
use rustix::io::Errno;

/// What a faulty kernel makes of a step, the verdict and what is seen after it.
type Fault = fn(&Model, &Step, Verdict, &mut Observation) -> Verdict;

#[derive(Default)]
struct False {
    model: Model,
    fault: Option<Fault>,
    seen: Observation,
}

impl False {
    fn with(fault: Fault) -> Self {
        Self {
            fault: Some(fault),
            ..Self::default()
        }
    }
}

impl Kernel for False {
    fn perform(&mut self, step: &Step) -> Result<Verdict> {
        let before = self.model.clone();
        let mut verdict = self.model.perform(step);
        self.seen = self.model.observation();
        if let Some(fault) = self.fault {
            verdict = fault(&before, step, verdict, &mut self.seen);
        }
        Ok(verdict)
    }

    fn observe(&mut self, _expected: &Observation) -> Result<Observation> {
        Ok(self.seen.clone())
    }

    fn clean(&mut self) -> Result<()> {
        self.model = Model::default();
        Ok(())
    }
}

/// The shortest steps that show the fault, found from a seed.
fn shortest(fault: Fault, seed: u64) -> Vec<Step> {
    let failure = random(&mut False::with(fault), seed, 2000, &mut Tally::default()).unwrap();
    failure.expect("it is not found").steps
}

fn kinds(steps: &[Step]) -> Vec<&'static str> {
    steps.iter().map(Step::kind).collect()
}

#[test]
fn a_kernel_that_does_what_the_model_says_passes() {
    let mut tally = Tally::default();
    let failure = random(&mut False::default(), 1, 2000, &mut tally).unwrap();
    assert_eq!(failure, None);
    assert!(tally.steps() >= 2000);
}

#[test]
fn a_run_tries_whatever_there_is() {
    let mut tally = Tally::default();
    random(&mut False::default(), 1, 2000, &mut tally).unwrap();
    let lines = tally.lines().join("\n");
    for tried in [
        "load EBUSY",
        "load EEXIST",
        "load EINVAL",
        "load ENODEV",
        "replace ok",
        "enable ok",
        "force ok",
        "remove EAGAIN",
        "target-comes ENODEV",
        "target-fails ENODEV",
        "migrate called",
    ] {
        assert!(lines.contains(tried), "{tried} is not in:\n{lines}");
    }
}

#[test]
fn a_seed_leads_to_the_same_steps_again() {
    let sequence = |seed| generate::sequence(&mut fastrand::Rng::with_seed(seed), 40);
    assert_eq!(sequence(7), sequence(7));
    assert_ne!(sequence(7), sequence(8));
}

#[test]
fn a_verdict_is_seen_in_two_steps() {
    let accepts_lower_versions: Fault = |before, step, verdict, _| match step {
        Step::Load { .. } if verdict == Err(Errno::INVAL) && before.in_transition().is_none() => {
            Ok(())
        }
        _ => verdict,
    };
    for seed in 0..10 {
        let steps = shortest(accepts_lower_versions, seed);
        assert_eq!(steps.len(), 2, "{}", step::write(&steps));
    }
}

#[test]
fn a_hook_that_is_not_called_is_seen() {
    let never_migrates: Fault = |_, _, verdict, seen| {
        seen.events.retain(|event| !event.contains("migrate"));
        verdict
    };
    let steps = shortest(never_migrates, 1);
    assert_eq!(
        kinds(&steps),
        ["load", "replace"],
        "{}",
        step::write(&steps)
    );
}

#[test]
fn data_that_leak_are_seen() {
    let leaks_when_reversed: Fault = |before, step, verdict, seen| {
        let is_reversal = matches!((step, before.in_transition()), (Step::Disable(patch), Some(other)) if *patch == other);
        if is_reversal && verdict.is_ok() {
            seen.allocations += 1;
        }
        verdict
    };
    let steps = shortest(leaks_when_reversed, 1);
    assert_eq!(
        kinds(&steps),
        ["hold", "load", "disable"],
        "{}",
        step::write(&steps)
    );
}

#[test]
fn a_wrong_answer_is_seen() {
    let oldest_answers: Fault = |before, _, verdict, seen| {
        if before.in_force().len() > 1 {
            seen.answers.iter_mut().for_each(|(_, number)| *number = 0);
        }
        verdict
    };
    assert!(shortest(oldest_answers, 1).len() <= 4);
}

#[test]
fn the_shortest_sequence_is_played_to_the_same_end() {
    let never_releases: Fault = |_, _, verdict, seen| {
        seen.events.retain(|event| !event.contains("release"));
        verdict
    };
    let steps = shortest(never_releases, 1);
    let read = step::read(&step::write(&steps)).unwrap();
    let failure = play(
        &mut False::with(never_releases),
        &read,
        &mut Tally::default(),
    )
    .unwrap();
    assert_eq!(failure.map(|failure| failure.steps), Some(steps));
}
