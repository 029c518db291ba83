// SPDX-License-Identifier: GPL-2.0

//! What the kernel says to a patch, and what the patch itself says to the data of those in force: a pure
//! function of the patch and of those.
//!
//! C sources: `kernel/livepatch/state.c` (`klp_is_patch_compatible()`), `kernel/livepatch/core.c`

mod data;
mod fixes;
mod original;
#[cfg(test)]
mod tests;
mod verdict;

pub use fixes::{warnings, Warning};
pub use verdict::{Doubt, Refusal, Verdict};

use crate::patch::{Object, Patch, Replace, State};
use std::collections::HashSet;

/// `KSYM_NAME_LEN`: the first length of a symbol's name that is too long.
pub const SYMBOL_NAME_LIMIT: usize = 512;
/// `MODULE_NAME_LEN`: the first length of a module's name that is too long.
pub const MODULE_NAME_LIMIT: usize = 56;

/// What is said to `new` when `before` have been loaded, in their order.
pub fn judge(new: &Patch, before: &[Patch]) -> Verdict {
    let mut verdict = Verdict {
        refusals: alone(new),
        doubts: Vec::new(),
    };
    for old in before {
        if old.name == new.name {
            verdict.refusals.push(Refusal::Loaded {
                name: new.name.clone(),
            });
        }
        if old.status.is_some_and(|status| status.transition) {
            verdict.refusals.push(Refusal::Pending {
                of: old.name.clone(),
            });
        }
    }
    let in_force = still_in_force(before);
    for old in in_force {
        over(new, old, &mut verdict);
    }
    data::judge(new, in_force, &mut verdict);
    original::judge(new, in_force, &mut verdict);
    verdict
}

/// What is said to `new` in the running kernel, which has these modules.
pub fn judge_running(new: &Patch, before: &[Patch], modules: &HashSet<String>) -> Verdict {
    let mut verdict = judge(new, before);
    let is_in_force = before.iter().any(|old| old.name == new.name);
    if modules.contains(&new.name) && !is_in_force {
        verdict.refusals.push(Refusal::ModuleLoaded {
            name: new.name.clone(),
        });
    }
    verdict
}

/// Those that are in force when all have been loaded: a cumulative one has replaced those before it.
pub fn still_in_force(loaded: &[Patch]) -> &[Patch] {
    let last = loaded
        .iter()
        .rposition(|patch| patch.replace == Replace::Yes);
    &loaded[last.unwrap_or_default()..]
}

fn over(new: &Patch, old: &Patch, verdict: &mut Verdict) {
    let (Some(new_states), Some(old_states)) = (&new.states, &old.states) else {
        let of = if new.states.is_none() { new } else { old };
        verdict.doubts.push(Doubt::StatesUnknown {
            of: of.name.clone(),
        });
        return;
    };
    let refusals = |replace| {
        old_states
            .iter()
            .filter_map(move |state| incompatible(replace, new_states, state, old))
    };
    verdict
        .refusals
        .extend(refusals(new.replace == Replace::Yes));
    if let Replace::WhenLoaded(how) = &new.replace {
        let more = refusals(true).filter(|refusal| matches!(refusal, Refusal::StateMissing { .. }));
        verdict
            .doubts
            .extend(more.map(|refusal| Doubt::IfItReplaces {
                how: how.clone(),
                refusal: Box::new(refusal),
            }));
    }
}

/// The rule of states: a cumulative patch has every state that is in force, any patch has it in no
/// lower version.
fn incompatible(replace: bool, new: &[State], old: &State, patch: &Patch) -> Option<Refusal> {
    let of = || patch.name.clone();
    match new.iter().find(|state| state.id == old.id) {
        Some(state) if state.version < old.version => Some(Refusal::StateOlder {
            of: of(),
            id: old.id,
            version: state.version,
            in_force: old.version,
        }),
        None if replace => Some(Refusal::StateMissing {
            of: of(),
            id: old.id,
            version: old.version,
            has: new.iter().map(|state| state.id).collect(),
            same_data: renumbered(new, old, patch),
        }),
        _ => None,
    }
}

/// The state that has the data of one that is missing, and a new id. Types of Rust's and C's own, which are in lower case,
/// are no sign of that.
fn renumbered(new: &[State], old: &State, patch: &Patch) -> Option<u64> {
    let data = old.data.name.as_ref();
    let data = data.filter(|name| name.starts_with(char::is_uppercase))?;
    let known = |id| patch.states.iter().flatten().any(|state| state.id == id);
    let mut new = new.iter().filter(|state| !known(state.id));
    new.find(|state| state.data.name.as_ref() == Some(data))
        .map(|state| state.id)
}

/// What is refused whatever is in force.
fn alone(patch: &Patch) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if !patch.marked {
        refusals.push(Refusal::Unmarked);
    }
    let mut names = HashSet::new();
    for object in &patch.objects {
        if !names.insert(&object.name) {
            refusals.push(Refusal::ObjectTwice {
                object: object.name.clone(),
            });
        }
        too_long(&object.name, MODULE_NAME_LIMIT, &mut refusals);
        functions(object, &mut refusals);
    }
    refusals
}

fn functions(object: &Object, refusals: &mut Vec<Refusal>) {
    let mut seen = HashSet::new();
    for function in &object.functions {
        if !seen.insert((&function.name, function.position())) {
            refusals.push(Refusal::FunctionTwice {
                object: object.name.clone(),
                function: function.to_string(),
            });
        }
        too_long(&function.name, SYMBOL_NAME_LIMIT, refusals);
    }
}

fn too_long(name: &str, limit: usize, refusals: &mut Vec<Refusal>) {
    if name.len() >= limit {
        refusals.push(Refusal::NameTooLong {
            name: name.to_owned(),
            limit,
        });
    }
}
