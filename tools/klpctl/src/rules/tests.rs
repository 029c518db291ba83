// SPDX-License-Identifier: GPL-2.0

use super::*;
use crate::patch::{Function, Source, Status};
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
        source: Source::Tables,
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

    /// `klp_enable_patch()` of a cumulative patch ends in `klp_unpatch_replaced_patches()`.
    pub fn in_force(loaded: &[Patch]) -> Vec<Patch> {
        let mut patches = Vec::new();
        for patch in loaded {
            if patch.replace == Replace::Yes {
                patches.clear();
            }
            patches.push(patch.clone());
        }
        patches
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
        let in_force = kernel::in_force(&old);
        prop_assert_eq!(accepted, Some(kernel::klp_is_patch_compatible(&new, &in_force)));
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
        order: None,
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
        name: name.into(),
        functions,
        callbacks: Vec::new(),
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

mod data {
    use super::*;
    use crate::patch::StateData;

    const OLD: &str = "old";

    fn data(size: u64, layout_since: u32, migrates: bool) -> StateData {
        StateData {
            size: Some(size),
            align: Some(4),
            layout_since: Some(layout_since),
            migrates: Some(migrates),
            name: Some("Levels".into()),
        }
    }

    /// Patches as the crate builds them: what is said of their data is what they have.
    fn rust(name: &str, replace: Replace, states: Vec<State>) -> Patch {
        Patch {
            states: Some(states),
            source: Source::Description,
            ..patch(name, replace, &[])
        }
    }

    fn state(version: u32, data: StateData) -> State {
        State {
            id: 1,
            version,
            data,
        }
    }

    fn says(replace: Replace, new: State, old: State) -> Verdict {
        let old = rust(OLD, Replace::No, vec![old]);
        judge(&rust("new", replace, vec![new]), &[old])
    }

    #[test]
    fn a_version_without_layout_since_does_not_take_older_data() {
        let old = || state(1, data(4, 1, false));
        let found = says(Replace::Yes, state(3, data(4, 3, false)), old());
        assert!(matches!(
            found.refusals[..],
            [Refusal::NotMigrated { version: 1, .. }]
        ));
        let found = says(Replace::No, state(3, data(4, 3, true)), old());
        assert!(matches!(
            found.refusals[..],
            [Refusal::OlderDataStay { .. }]
        ));
        let when = Replace::WhenLoaded("a parameter".into());
        let found = says(when, state(3, data(4, 3, true)), old());
        assert!(matches!(found.doubts[..], [Doubt::UnlessItReplaces { .. }]));
        for accepted in [data(4, 3, true), data(4, 1, false)] {
            let found = says(Replace::Yes, state(3, accepted), old());
            assert_eq!(found.accepted(), Some(true), "{found:?}");
        }
    }

    #[test]
    fn the_same_id_with_other_data_is_refused_by_both_names() {
        let other = |change: fn(&mut StateData)| {
            let mut other = data(4, 1, false);
            change(&mut other);
            let found = says(Replace::Yes, state(1, other), state(1, data(4, 1, false)));
            assert!(
                matches!(found.refusals[..], [Refusal::OtherData { .. }]),
                "{found:?}"
            );
            found.refusals[0].to_string()
        };
        other(|data| data.size = Some(8));
        other(|data| data.align = Some(8));
        let says = other(|data| data.name = Some("Other".into()));
        assert!(
            says.contains("'Other' (4 bytes") && says.contains("'Levels'"),
            "{says}"
        );
    }

    #[test]
    fn what_one_side_does_not_say_is_not_known() {
        let whole = || data(4, 1, false);
        let found = says(
            Replace::Yes,
            state(1, whole()),
            state(1, StateData::default()),
        );
        let of = |found: Verdict| match &found.doubts[..] {
            [Doubt::DataUnknown { of, .. }] => of.clone(),
            _ => panic!("{found:?}"),
        };
        assert_eq!(of(found), OLD);
        let found = says(
            Replace::Yes,
            state(1, StateData::default()),
            state(1, whole()),
        );
        assert_eq!(of(found), "new");
    }

    #[test]
    fn a_patch_without_callbacks_does_not_look_at_data() {
        let mut new = rust("new", Replace::Yes, vec![state(1, StateData::default())]);
        new.source = Source::Tables;
        let old = rust(OLD, Replace::No, vec![state(1, data(4, 1, false))]);
        assert_eq!(judge(&new, &[old]).accepted(), Some(true));
    }

    #[test]
    fn the_latest_that_has_a_state_counts_where_the_order_is_known() {
        let new = rust("new", Replace::Yes, vec![state(2, data(4, 2, false))]);
        let older = |name: &str, version, order| {
            let mut patch = rust(
                name,
                Replace::No,
                vec![state(version, data(4, version, false))],
            );
            patch.status = Some(Status {
                enabled: true,
                transition: false,
                order,
            });
            patch
        };
        let found = judge(&new, &[older("a", 1, Some(1)), older("b", 2, Some(2))]);
        assert_eq!(found.accepted(), Some(true));
        let found = judge(&new, &[older("a", 1, None), older("b", 2, None)]);
        assert_eq!(found.doubts, [Doubt::OrderUnknown { id: 1 }]);
    }

    #[test]
    fn what_a_cumulative_patch_has_replaced_does_not_count() {
        let old = rust(OLD, Replace::No, vec![state(1, data(8, 1, false))]);
        let middle = rust("middle", Replace::Yes, vec![state(2, data(4, 2, true))]);
        let new = rust("new", Replace::No, vec![state(2, data(4, 2, false))]);
        assert_eq!(judge(&new, &[old, middle]).accepted(), Some(true));
    }

    fn any_states() -> impl Strategy<Value = Vec<State>> {
        let any_state = (
            0..4u32,
            0..4u32,
            any::<bool>(),
            prop::sample::select(vec![0u64, 4, 64]),
        );
        prop::collection::btree_map(1..3u64, any_state, 0..3).prop_map(|states| {
            let state = |(id, (version, since, migrates, size))| State {
                id,
                version,
                data: data(size, std::cmp::min(since, version), migrates),
            };
            states.into_iter().map(state).collect()
        })
    }

    fn any_rust(name: &'static str) -> impl Strategy<Value = Patch> {
        (any_states(), any::<bool>()).prop_map(move |(states, replace)| {
            rust(
                name,
                if replace { Replace::Yes } else { Replace::No },
                states,
            )
        })
    }

    /// What the crate's life cycle does, over the kernel's list of patches.
    fn enable(patch: &Patch, patches: &[Patch]) -> bool {
        kernel::klp_is_patch_compatible(patch, patches)
            && patch
                .states
                .iter()
                .flatten()
                .all(|state| pre_patch(state, patch, patches))
    }

    fn pre_patch(state: &State, patch: &Patch, patches: &[Patch]) -> bool {
        let mut last_state = None;
        for patch in patches {
            let states = patch.states.as_ref().unwrap();
            if let Some(found) = states.iter().find(|found| found.id == state.id) {
                last_state = Some(found);
            }
        }
        match last_state {
            None => true,
            Some(prev) => takes_over(state, patch, prev),
        }
    }

    fn takes_over(state: &State, patch: &Patch, prev: &State) -> bool {
        if prev.version >= state.data.layout_since.unwrap() {
            return holds(state.data.size.unwrap(), prev.data.size.unwrap());
        }
        if patch.replace != Replace::Yes {
            return false;
        }
        state.data.migrates.unwrap()
    }

    /// `kmalloc()` has no less than 8 bytes, and then powers of two.
    fn holds(size: u64, data: u64) -> bool {
        let allocated = if data == 0 {
            0
        } else {
            data.next_power_of_two().max(8)
        };
        size == 0 || allocated >= size
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn data_are_judged_as_the_patch_does(
            new in any_rust("new"),
            old in prop::collection::vec(any_rust("old"), 0..4),
        ) {
            let in_force = kernel::in_force(&old);
            let verdict = judge(&new, &old);
            let is_stricter = |refusal: &Refusal| matches!(refusal, Refusal::OtherData { .. });
            let accepts = enable(&new, &in_force);
            if verdict.refusals.iter().any(|refusal| !is_stricter(refusal)) {
                prop_assert!(!accepts, "{:?}", verdict);
            } else if verdict.refusals.is_empty() {
                prop_assert!(accepts);
            }
            prop_assert!(verdict.doubts.is_empty());
        }
    }
}

#[test]
fn what_may_have_been_meant_for_a_missing_state_is_told() {
    let named = |states: &[(u64, u32)], name: &str| {
        let mut patch = patch("p", Replace::Yes, states);
        for state in patch.states.iter_mut().flatten() {
            state.data.name = Some(name.to_owned());
        }
        patch
    };
    let mut old = named(&[(1, 1)], "Levels");
    old.name = "old".to_owned();
    for (new, says) in [
        (named(&[], "Levels"), "its state 1 (it has none): "),
        (
            named(&[(2, 1)], "Other"),
            "its state 1 (it has the state 2): ",
        ),
        (
            named(&[(2, 1), (7, 1)], "usize"),
            "its state 1 (it has the states 2 and 7): ",
        ),
        (
            named(&[(12, 1), (2, 1)], "Levels"),
            "its state 1 (its state 12 has data of that name: a state keeps its id): ",
        ),
    ] {
        let verdict = judge(&new, std::slice::from_ref(&old));
        let message = verdict.refusals[0].to_string();
        assert!(message.contains(says), "{message}");
    }
}
