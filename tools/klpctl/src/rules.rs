// SPDX-License-Identifier: GPL-2.0

//! What the kernel says to a patch: a pure function of the patch and of those in force.
//!
//! C sources: `kernel/livepatch/state.c` (`klp_is_patch_compatible()`), `kernel/livepatch/core.c`

use crate::patch::{Object, Patch, Replace, State};
use serde::Serialize;
use std::collections::HashSet;

/// `KSYM_NAME_LEN`: the first length of a symbol's name that is too long.
pub const SYMBOL_NAME_LIMIT: usize = 512;
/// `MODULE_NAME_LEN`: the first length of a module's name that is too long.
pub const MODULE_NAME_LIMIT: usize = 56;

/// Why the kernel refuses a patch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "rule", rename_all = "kebab-case")]
pub enum Refusal {
    /// A cumulative patch lacks a state of a patch in force.
    #[error(
        "it replaces '{of}', but does not have its state {id}: it could not undo or go on with \
        what that changed; add the state {id} in version {version} or higher, or disable '{of}' \
        first"
    )]
    StateMissing {
        /// The patch in force.
        of: String,
        /// The state.
        id: u64,
        /// Its version there.
        version: u32,
    },
    /// A patch has a state in a lower version than a patch in force.
    #[error(
        "its state {id} has version {version}, but '{of}' has version {in_force}: it does not \
        know what the newer version changed; raise the version to {in_force} or higher, or disable \
        '{of}' first"
    )]
    StateOlder {
        /// The patch in force.
        of: String,
        /// The state.
        id: u64,
        /// Its version in the new patch.
        version: u32,
        /// Its version in the patch in force.
        in_force: u32,
    },
    /// A patch of that name is loaded.
    #[error(
        "a patch named '{name}' is loaded, and names are unique: disable it and remove its \
        module first, or give this one another name"
    )]
    Loaded {
        /// The name.
        name: String,
    },
    /// Another transition has not ended.
    #[error(
        "the transition of '{of}' has not ended, and there is one at a time: wait until \
        /sys/kernel/livepatch/{of}/transition is 0"
    )]
    Pending {
        /// The patch whose transition it is.
        of: String,
    },
    /// The module is not marked as a livepatch.
    #[error(
        "its .modinfo lacks 'livepatch=Y', by which the kernel knows a livepatch: add \
        MODULE_INFO(livepatch, \"Y\")"
    )]
    Unmarked,
    /// An object is in the table twice.
    #[error(
        "the object '{object}' is listed twice, and sysfs has one directory for it: list its \
        functions together"
    )]
    ObjectTwice {
        /// The object.
        object: String,
    },
    /// A function is in an object twice.
    #[error(
        "'{object}' has the function '{function}' twice, at one position (0 and 1 are the \
        same): remove one"
    )]
    FunctionTwice {
        /// The object.
        object: String,
        /// The function.
        function: String,
    },
    /// A name does not fit.
    #[error(
        "the name '{name}' is longer than the kernel's limit of {limit}: it cannot be a name \
        of this kernel"
    )]
    NameTooLong {
        /// The name.
        name: String,
        /// The first length that is too long.
        limit: usize,
    },
}

/// Why it is not known what the kernel will say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "doubt", rename_all = "kebab-case")]
pub enum Doubt {
    /// A loaded patch does not say which states it has.
    #[error(
        "'{of}' is loaded and does not say which states it has: give its .ko file instead of \
        its name"
    )]
    StatesUnknown {
        /// The patch.
        of: String,
    },
    /// It depends on whether the patch will replace the others.
    #[error("it is refused if it is loaded so that it replaces the others ({how}): {refusal}")]
    IfItReplaces {
        /// What is known of how it is decided.
        how: String,
        /// What is said then.
        refusal: Box<Refusal>,
    },
}

/// What the kernel says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Why it refuses.
    pub refusals: Vec<Refusal>,
    /// Why that is not all that is to be said.
    pub doubts: Vec<Doubt>,
}

impl Verdict {
    /// Whether the patch is accepted, if that is known.
    pub fn accepted(&self) -> Option<bool> {
        match (self.refusals.is_empty(), self.doubts.is_empty()) {
            (false, _) => Some(false),
            (true, true) => Some(true),
            (true, false) => None,
        }
    }
}

/// What the kernel says to `new` while `in_force` are.
pub fn judge(new: &Patch, in_force: &[Patch]) -> Verdict {
    let mut verdict = Verdict {
        refusals: alone(new),
        doubts: Vec::new(),
    };
    for old in in_force {
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
        over(new, old, &mut verdict);
    }
    verdict
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
            .filter_map(move |state| incompatible(replace, new_states, state, &old.name))
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
fn incompatible(replace: bool, new: &[State], old: &State, of: &str) -> Option<Refusal> {
    let of = || of.to_owned();
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
        }),
        _ => None,
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::{Function, Status};
    use proptest::prelude::*;

    fn patch(name: &str, replace: Replace, states: &[(u64, u32)]) -> Patch {
        let states = states
            .iter()
            .map(|&(id, version)| State {
                id,
                version,
                ..Default::default()
            })
            .collect();
        Patch {
            name: name.into(),
            replace,
            states: Some(states),
            marked: true,
            ..Default::default()
        }
    }

    fn any_patch(name: &'static str) -> impl Strategy<Value = Patch> {
        let states = prop::collection::vec((1..5u64, 0..4u32), 0..5);
        (states, any::<bool>()).prop_map(move |(states, replace)| {
            patch(
                name,
                if replace { Replace::Yes } else { Replace::No },
                &states,
            )
        })
    }

    /// The kernel's functions, statement by statement, over arrays that end in the id 0.
    mod kernel {
        use super::*;

        pub fn klp_is_patch_compatible(patch: &Patch, patches: &[Patch]) -> bool {
            for old_patch in patches {
                for old_state in &table(old_patch) {
                    if old_state.id == 0 {
                        break;
                    }
                    if !klp_is_state_compatible(patch, old_state) {
                        return false;
                    }
                }
            }
            true
        }

        fn klp_is_state_compatible(patch: &Patch, old_state: &State) -> bool {
            let Some(state) = klp_get_state(patch, old_state.id) else {
                return patch.replace != Replace::Yes;
            };
            state.version >= old_state.version
        }

        fn klp_get_state(patch: &Patch, id: u64) -> Option<State> {
            for state in table(patch) {
                if state.id == 0 {
                    break;
                }
                if state.id == id {
                    return Some(state);
                }
            }
            None
        }

        fn table(patch: &Patch) -> Vec<State> {
            let mut table = patch.states.clone().unwrap();
            table.push(State::default());
            table
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn states_are_judged_as_the_kernel_does(
            new in any_patch("new"),
            old in prop::collection::vec(any_patch("old"), 0..4),
        ) {
            let accepted = judge(&new, &old).accepted();
            prop_assert_eq!(accepted, Some(kernel::klp_is_patch_compatible(&new, &old)));
        }

        #[test]
        fn what_is_decided_when_loaded_is_known_exactly_where_both_agree(
            new in any_patch("new"),
            old in any_patch("old"),
        ) {
            let with = |replace| Patch { replace, ..new.clone() };
            let says = |replace| judge(&with(replace), std::slice::from_ref(&old)).accepted();
            let (yes, no) = (says(Replace::Yes), says(Replace::No));
            let expected = if yes == no { yes } else { None };
            prop_assert_eq!(says(Replace::WhenLoaded("a parameter".into())), expected);
        }
    }

    fn refusals(new: &Patch, old: &[Patch]) -> String {
        let refusals = judge(new, old).refusals;
        refusals
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn a_refusal_names_the_state_and_what_to_do() {
        let old = [patch("old", Replace::No, &[(7, 3)])];
        let says = refusals(&patch("new", Replace::Yes, &[]), &old);
        assert!(
            says.contains("its state 7")
                && says.contains("version 3 or higher")
                && says.contains("'old'"),
            "{says}"
        );
        let says = refusals(&patch("new", Replace::No, &[(7, 2)]), &old);
        assert!(
            says.contains("version 2") && says.contains("version 3"),
            "{says}"
        );
    }

    #[test]
    fn names_are_unique_and_transitions_come_one_after_another() {
        let mut old = patch("fix", Replace::No, &[]);
        old.status = Some(Status {
            enabled: true,
            transition: true,
        });
        let verdict = judge(&old, std::slice::from_ref(&old));
        assert_eq!(
            verdict.refusals,
            [
                Refusal::Loaded { name: "fix".into() },
                Refusal::Pending { of: "fix".into() }
            ]
        );
    }

    #[test]
    fn unknown_states_leave_the_verdict_open() {
        let old = Patch {
            states: None,
            ..patch("old", Replace::No, &[])
        };
        assert_eq!(
            judge(&patch("new", Replace::Yes, &[]), &[old]).accepted(),
            None
        );
    }

    #[test]
    fn tables_that_sysfs_cannot_show_are_refused() {
        let function = |name: &str, sympos| Function {
            name: name.into(),
            sympos,
            ..Default::default()
        };
        let object = |name: &str, functions| Object {
            callbacks: Vec::new(),
            name: name.into(),
            functions,
        };
        let mut new = patch("new", Replace::No, &[]);
        new.objects = vec![
            object(
                "vmlinux",
                vec![function("f", 0), function("f", 1), function("f", 2)],
            ),
            object(
                "vmlinux",
                vec![function(&"g".repeat(512), 0), function(&"g".repeat(511), 0)],
            ),
            object(&"m".repeat(56), vec![]),
        ];
        new.marked = false;
        let found = judge(&new, &[]).refusals;
        assert_eq!(found[0], Refusal::Unmarked);
        assert_eq!(
            found[1],
            Refusal::FunctionTwice {
                object: "vmlinux".into(),
                function: "f,1".into()
            }
        );
        assert_eq!(
            found[2],
            Refusal::ObjectTwice {
                object: "vmlinux".into()
            }
        );
        assert!(matches!(found[3], Refusal::NameTooLong { limit: 512, .. }));
        assert!(matches!(found[4], Refusal::NameTooLong { limit: 56, .. }));
        assert_eq!(found.len(), 5);
    }
}
