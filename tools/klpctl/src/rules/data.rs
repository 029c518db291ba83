// SPDX-License-Identifier: GPL-2.0

//! What a patch in Rust says to the data of a state that it finds in force. It is asked when the kernel has accepted it,
//! and can still refuse.
//!
//! Where the data are said to have its own layout, but not its size, this is stricter than the patch, which only sees
//! how much memory there is.
//!
//! Sources: `src/lifecycle.rs` (`can_adopt()`), `kernel/livepatch/state.c` (`klp_get_prev_state()`)

use super::{Doubt, Refusal, Verdict};
use crate::patch::{Patch, Replace, State, StateData};

/// Judges each state that is in force.
pub fn judge(new: &Patch, in_force: &[Patch], verdict: &mut Verdict) {
    if new.has_callbacks() == Some(false) {
        return;
    }
    for state in new.states.iter().flatten() {
        let previous = previous(in_force, state.id);
        let answers: Vec<_> = previous
            .iter()
            .map(|(old, prev)| take_over(new, state, old, prev))
            .collect();
        let is_same =
            |answer: &Answer| std::mem::discriminant(answer) == std::mem::discriminant(&answers[0]);
        if !answers.iter().all(is_same) {
            verdict.doubts.push(Doubt::OrderUnknown { id: state.id });
            continue;
        }
        match answers.into_iter().last() {
            Some(Answer::Refused(refusal)) => verdict.refusals.push(refusal),
            Some(Answer::Unknown(doubt)) => verdict.doubts.push(doubt),
            Some(Answer::Accepted) | None => {}
        }
    }
}

enum Answer {
    Accepted,
    Refused(Refusal),
    Unknown(Doubt),
}

/// What the kernel takes for the previous state: that of the patch that was loaded last. Where the order is not known,
/// each of them.
fn previous(in_force: &[Patch], id: u64) -> Vec<(&Patch, &State)> {
    let mut found: Vec<_> = in_force
        .iter()
        .filter_map(|old| {
            let states = old.states.as_ref()?;
            Some((old, states.iter().find(|state| state.id == id)?))
        })
        .collect();
    let is_placed = |old: &Patch| old.status.is_none_or(|status| status.order.is_some());
    if found.iter().all(|(old, _)| is_placed(old)) {
        found.drain(..found.len().saturating_sub(1));
    }
    found
}

fn take_over(new: &Patch, state: &State, old: &Patch, prev: &State) -> Answer {
    let not_said = |of: &Patch| {
        Answer::Unknown(Doubt::DataUnknown {
            of: of.name.clone(),
            over: old.name.clone(),
            id: state.id,
        })
    };
    if state.version < prev.version {
        return Answer::Accepted; // the kernel has refused it, so that nobody asks
    }
    let Some(layout_since) = state.data.layout_since else {
        return not_said(new);
    };
    if prev.version < layout_since {
        return migrate(new, state, layout_since, old, prev).unwrap_or_else(|| not_said(new));
    }
    match is_same(&state.data, &prev.data) {
        Some(true) => Answer::Accepted,
        Some(false) => Answer::Refused(Refusal::OtherData {
            of: old.name.clone(),
            id: state.id,
            version: prev.version,
            layout_since,
            ours: state.data.to_string(),
            theirs: prev.data.to_string(),
        }),
        None if state.data.is_whole() => not_said(old),
        None => not_said(new),
    }
}

/// Whether both say that they are the same.
fn is_same(a: &StateData, b: &StateData) -> Option<bool> {
    fn same<T: PartialEq>(a: &Option<T>, b: &Option<T>) -> Option<bool> {
        Some(a.as_ref()? == b.as_ref()?)
    }
    let answers = [
        same(&a.size, &b.size),
        same(&a.align, &b.align),
        same(&a.name, &b.name),
    ];
    if answers.contains(&Some(false)) {
        return Some(false);
    }
    (!answers.contains(&None)).then_some(true)
}

/// `None` if it does not say whether it migrates.
fn migrate(
    new: &Patch,
    state: &State,
    layout_since: u32,
    old: &Patch,
    prev: &State,
) -> Option<Answer> {
    let (of, id, version) = (old.name.clone(), state.id, prev.version);
    if state.data.migrates == Some(false) && new.replace != Replace::No {
        return Some(Answer::Refused(Refusal::NotMigrated {
            of,
            id,
            version,
            layout_since,
        }));
    }
    let refusal = Refusal::OlderDataStay {
        of,
        id,
        version,
        layout_since,
    };
    match &new.replace {
        Replace::No => Some(Answer::Refused(refusal)),
        Replace::WhenLoaded(how) => Some(Answer::Unknown(Doubt::UnlessItReplaces {
            how: how.clone(),
            refusal: Box::new(refusal),
        })),
        Replace::Yes => state.data.migrates.map(|_| Answer::Accepted),
    }
}
