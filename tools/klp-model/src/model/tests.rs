// SPDX-License-Identifier: GPL-2.0

use super::*;
use crate::step;

/// What the model says to each step, and where it is then.
fn after(steps: &str) -> (Vec<Verdict>, Model) {
    let mut model = Model::default();
    let steps = step::read(steps).unwrap();
    let verdicts = steps.iter().map(|step| model.perform(step)).collect();
    (verdicts, model)
}

fn names(model: &Model) -> Vec<&'static str> {
    model.in_force().iter().map(|patch| patch.name).collect()
}

#[test]
fn states_decide_who_may_follow() {
    for (steps, last) in [
        ("load r2, load r1", Err(Errno::INVAL)),
        ("load r1, load r2", Ok(())),
        ("load r1, load r7", Ok(())),
        ("load r1, replace r7", Err(Errno::INVAL)),
        ("load r1, load r3", Err(Errno::INVAL)),
        ("load r1, replace r3", Ok(())),
        ("load r1, load r1", Err(Errno::EXIST)),
    ] {
        assert_eq!(after(steps).0.last(), Some(&last), "{steps}");
    }
}

#[test]
fn one_transition_at_a_time() {
    let (verdicts, model) = after("hold, load r1, load r8, release, load r8");
    assert_eq!(verdicts[2], Err(Errno::BUSY));
    assert_eq!(
        verdicts.iter().filter(|verdict| verdict.is_err()).count(),
        1
    );
    assert_eq!(names(&model), ["r1", "r8"]);
}

#[test]
fn a_module_is_kept_after_a_forced_transition() {
    let (verdicts, model) = after("load r1, hold, disable r1, force r1, remove r1, load r1");
    assert_eq!(verdicts[4..], [Err(Errno::AGAIN), Err(Errno::EXIST)]);
    assert_eq!(names(&model), Vec::<&str>::new());
}

#[test]
fn values_and_data_are_handed_on_and_back() {
    let (_, model) = after("load c1, load r2, replace r6");
    let seen = model.observation();
    assert_eq!((seen.values, seen.allocations), (vec![11, 23, 33], 3));
    assert_eq!(
        seen.states.unwrap()[0],
        Tracked {
            id: 1,
            version: 3,
            saved: 1
        }
    );
    let (_, model) = after("load c1, load r2, replace r6, disable r6");
    assert_eq!(
        (model.observation().values, model.observation().allocations),
        (vec![1, 2, 3], 0)
    );
}

#[test]
fn what_is_nobodys_promise_is_not_done() {
    let (_, model) = after("load c1, load r2");
    let disable = |name| Step::Disable(crate::catalogue::find(name).unwrap());
    assert!(!model.allows(&disable("c1")));
    assert!(model.allows(&disable("r2")));
    let enable = |name| Step::Enable(crate::catalogue::find(name).unwrap());
    let (_, model) = after("load r1, hold, load r8, disable r1");
    assert!(!model.allows(&enable("r1")));
    let (_, model) = after("load r8, load r1, hold, disable r1");
    assert!(model.allows(&enable("r1")));
}

#[test]
fn a_task_in_the_original_holds_up_the_reversal_of_what_brought_it_back() {
    let steps = "load c1, hold, replace r5, hold, disable r5";
    let (_, model) = after(steps);
    assert_eq!(names(&model), ["c1", "r5"]);
    let (_, model) = after(&format!("{steps}, release"));
    assert_eq!(names(&model), ["c1"]);
}
