// SPDX-License-Identifier: GPL-2.0

use super::{
    fake::Fake,
    load::{load, Image, Loaded},
    obstacle::{Left, Obstacle, Reason},
    picture::Picture,
    remove::{in_stack_order, remove_leftovers, remove_replaced, unload, Module},
    rundir::Lock,
    system::{Direction, Pending},
    transition::{OnStall, Patience},
};
use crate::{patch::Patch, store::Store};
use anyhow::Result;
use rustix::io::Errno;
use std::{
    panic::{catch_unwind, AssertUnwindSafe},
    time::Duration,
};

const STATES: &str = "klp_replace=false\0klp_state=1:1\0";

fn patch(name: &str) -> Patch {
    Patch {
        name: name.into(),
        build_id: Some("6e6577".into()), // "new"
        ..Patch::default()
    }
}

fn patience(on_stall: OnStall) -> Patience {
    Patience {
        timeout: Duration::from_millis(0),
        on_stall,
    }
}

fn loads(fake: &Fake, name: &str, on_stall: OnStall) -> Result<Loaded> {
    let lock = Lock::take(&fake.system.root)?;
    let patch = patch(name);
    let image = Image {
        bytes: name.as_bytes(),
        patch: &patch,
        parameters: c"",
    };
    let longer = Patience {
        timeout: Duration::from_millis(if fake.script.held.borrow().is_empty() {
            5_000
        } else {
            0
        }),
        ..patience(on_stall)
    };
    load(&fake.system, &lock, &image, longer, || Ok(()))
}

fn unloads(fake: &Fake, name: &str) -> Result<Module> {
    let lock = Lock::take(&fake.system.root)?;
    let longer = Patience {
        timeout: Duration::from_secs(5),
        ..patience(OnStall::Revert)
    };
    unload(&fake.system, &lock, name, longer)
}

fn picture(fake: &Fake) -> Result<Picture> {
    let root = fake.system.root.clone();
    Picture::take(&fake.system, &Store { root })
}

fn obstacle(result: Result<impl std::fmt::Debug>) -> Obstacle {
    result.unwrap_err().downcast().unwrap()
}

#[test]
fn a_patch_comes_and_goes() {
    let fake = Fake::new("comes");
    assert_eq!(
        loads(&fake, "fix", OnStall::Revert).unwrap(),
        Loaded::Loaded
    );
    assert_eq!(
        fake.system.motion("fix"),
        Some((Direction::Patching, false))
    );
    assert!(picture(&fake).unwrap().ok);
    unloads(&fake, "fix").unwrap();
    assert_eq!(fake.done(), ["insert fix", "enabled fix 0", "remove fix"]);
    assert!(fake.system.motion("fix").is_none() && !fake.system.has_module("fix"));
}

#[test]
fn the_same_build_is_no_error_and_another_is() {
    let fake = Fake::new("same");
    loads(&fake, "fix", OnStall::Revert).unwrap();
    fake.describes("fix", "new", "");
    assert_eq!(
        loads(&fake, "fix", OnStall::Revert).unwrap(),
        Loaded::AlreadyInForce
    );
    fake.describes("fix", "old", "");
    assert_eq!(
        obstacle(loads(&fake, "fix", OnStall::Revert)).reason,
        Reason::OtherBuild
    );
    assert_eq!(fake.done(), ["insert fix"]);
}

#[test]
fn a_stalled_load_is_reverted_and_its_module_goes() {
    let fake = Fake::new("stalled");
    fake.hold("fix", "1");
    fake.task(7, "0\n");
    fake.task(8, "1\n");
    let told = obstacle(loads(&fake, "fix", OnStall::Revert));
    assert_eq!(
        (told.reason, told.left),
        (Reason::Stalled, Some(Left::Reverted))
    );
    assert!(fake.system.motion("fix").is_none() && !fake.system.has_module("fix"));
    assert_eq!(told.blocking.len(), 1);
    assert_eq!(
        told.blocking[0].to_string(),
        "7 (sleeper), where it is does not show"
    );
    assert!(
        told.message.contains("1 of 2 tasks has not switched"),
        "{}",
        told.message
    );
}

#[test]
fn a_stalled_load_that_is_kept_is_taken_up_by_the_next() {
    let fake = Fake::new("kept");
    fake.hold("fix", "1");
    let told = obstacle(loads(&fake, "fix", OnStall::Keep));
    assert_eq!(
        (told.reason, told.left),
        (Reason::Stalled, Some(Left::Pending))
    );
    assert!(!picture(&fake).unwrap().ok);
    assert_eq!(
        obstacle(loads(&fake, "other", OnStall::Keep)).reason,
        Reason::Pending
    );
    fake.script.held.borrow_mut().clear();
    fake.describes("fix", "new", "");
    assert_eq!(
        loads(&fake, "fix", OnStall::Keep).unwrap(),
        Loaded::AlreadyInForce
    );
    assert_eq!(fake.done(), ["insert fix"]);
}

#[test]
fn a_stalled_unload_is_reverted() {
    let fake = Fake::new("unload");
    loads(&fake, "fix", OnStall::Revert).unwrap();
    fake.hold("fix", "0");
    let lock = Lock::take(&fake.system.root).unwrap();
    let told = obstacle(unload(&fake.system, &lock, "fix", patience(OnStall::Keep)));
    assert_eq!(
        (told.reason, told.left),
        (Reason::Stalled, Some(Left::Pending))
    );
    drop(lock);
    assert_eq!(
        obstacle(loads(&fake, "other", OnStall::Keep)).reason,
        Reason::Pending
    );
    fake.describes("fix", "new", "");
    assert_eq!(
        obstacle(loads(&fake, "fix", OnStall::Keep)).reason,
        Reason::BeingDisabled
    );
    fake.script.held.borrow_mut().clear();
    unloads(&fake, "fix").unwrap();
    assert_eq!(fake.done(), ["insert fix", "enabled fix 0", "remove fix"]);
}

/// Three patches, the first two of which replace `f`, and the last two `g`.
fn stack(test: &str) -> Fake {
    let fake = Fake::new(test);
    for name in ["a", "b", "c"] {
        loads(&fake, name, OnStall::Revert).unwrap();
    }
    for (name, function) in [("a", "f"), ("b", "f"), ("b", "g"), ("c", "g")] {
        fake.replaces(name, function);
    }
    fake
}

fn unload_that_stalls(fake: &Fake, name: &str) -> Obstacle {
    fake.hold(name, "0");
    fake.done();
    let lock = Lock::take(&fake.system.root).unwrap();
    obstacle(unload(&fake.system, &lock, name, patience(OnStall::Revert)))
}

#[test]
fn the_oldest_of_two_patches_on_a_function_is_not_enabled_again() {
    for (name, newer) in [
        ("a", "'b' replaces vmlinux:f"),
        ("b", "'c' replaces vmlinux:g"),
    ] {
        let fake = stack("way-back");
        let told = unload_that_stalls(&fake, name);
        assert_eq!(told.left, Some(Left::Pending));
        assert!(told.help.as_ref().unwrap().contains(newer), "{told:?}");
        assert_eq!(fake.done(), [format!("enabled {name} 0")]);
        assert!(picture(&fake).unwrap().problems[0].contains("has not ended"));
    }
}

#[test]
fn the_newest_patch_on_a_function_is_enabled_again() {
    let fake = stack("way-back-open");
    assert_eq!(unload_that_stalls(&fake, "c").left, Some(Left::Reverted));
    assert_eq!(fake.done(), ["enabled c 0", "enabled c 1"]);
}

#[test]
fn a_patch_that_somebody_enabled_again_without_a_way_back_is_explained() {
    let fake = stack("way-back-by-hand");
    unload_that_stalls(&fake, "a");
    fake.system.turn("a", Direction::Patching).unwrap();
    let problem = &picture(&fake).unwrap().problems[0];
    assert!(
        problem.contains("may never end: 'b' replaces vmlinux:f")
            && problem.contains("klpctl reverse a"),
        "{problem}"
    );
}

#[test]
fn a_module_that_is_left_is_explained_and_goes() {
    let fake = Fake::new("left");
    loads(&fake, "old", OnStall::Revert).unwrap();
    fake.script.cumulative.borrow_mut().push("new".into());
    loads(&fake, "new", OnStall::Revert).unwrap();
    assert_eq!(fake.system.leftovers().unwrap()[0].module, "old");
    assert_eq!(
        obstacle(loads(&fake, "old", OnStall::Revert)).reason,
        Reason::ModuleLoaded
    );
    unloads(&fake, "old").unwrap();
    assert_eq!(fake.system.leftovers().unwrap(), []);
    assert_eq!(obstacle(unloads(&fake, "old")).reason, Reason::NotLoaded);
}

#[test]
fn a_patch_that_another_lives_on_stays() {
    let fake = Fake::new("states");
    for name in ["a", "b"] {
        loads(&fake, name, OnStall::Revert).unwrap();
        fake.describes(name, "new", STATES);
    }
    let told = obstacle(unloads(&fake, "a"));
    assert_eq!(
        (told.reason, told.help.as_deref()),
        (Reason::StateInUse, Some("unload 'b' first"))
    );
    for name in in_stack_order(fake.system.patches().unwrap()) {
        unloads(&fake, &name).unwrap();
    }
    assert!(fake.system.patches().unwrap().is_empty());
}

#[test]
fn what_was_forced_is_not_removed() {
    let fake = Fake::new("forced");
    loads(&fake, "fix", OnStall::Revert).unwrap();
    let pending = Pending {
        patch: "fix".into(),
        direction: Direction::Unpatching,
    };
    let lock = Lock::take(&fake.system.root).unwrap();
    lock.note_forced(&pending, &["fix".into()]).unwrap();
    drop(lock);
    assert_eq!(obstacle(unloads(&fake, "fix")).reason, Reason::ModuleInUse);
    let picture = picture(&fake).unwrap();
    assert_eq!(picture.forced[0].stay, ["fix"]);
    assert!(picture.problems[0].contains("stays until the next boot"));
}

#[test]
fn a_refusal_leaves_nothing() {
    let fake = Fake::new("refused");
    *fake.script.refuses.borrow_mut() = Some(Errno::EXIST);
    assert_eq!(
        obstacle(loads(&fake, "fix", OnStall::Revert)).reason,
        Reason::ModuleLoaded
    );
    assert!(fake.system.patches().unwrap().is_empty());
    let mut named = patch("x");
    named.name = "../../x".into();
    let lock = Lock::take(&fake.system.root).unwrap();
    let image = Image {
        bytes: b"x",
        patch: &named,
        parameters: c"",
    };
    let result = load(&fake.system, &lock, &image, patience(OnStall::Keep), || {
        Ok(())
    });
    assert_eq!(obstacle(result).reason, Reason::BadName);
    assert_eq!(fake.done(), ["insert fix"]);
}

#[test]
fn what_is_not_verified_is_not_loaded() {
    let fake = Fake::new("unverified");
    let lock = Lock::take(&fake.system.root).unwrap();
    let patch = patch("fix");
    let image = Image {
        bytes: b"fix",
        patch: &patch,
        parameters: c"",
    };
    let refuse = || Err(Obstacle::new(Reason::Verification, "no").into());
    let result = load(&fake.system, &lock, &image, patience(OnStall::Keep), refuse);
    assert_eq!(obstacle(result).reason, Reason::Verification);
    assert_eq!(fake.done(), Vec::<String>::new());
}

#[test]
fn a_module_that_is_kept_stays_without_a_complaint() {
    let fake = Fake::new("author");
    loads(&fake, "fix", OnStall::Revert).unwrap();
    fake.describes("fix", "new", "klp_replace=false\0klp_keep=true\0");
    assert_eq!(unloads(&fake, "fix").unwrap(), Module::Kept);
    assert!(fake.system.motion("fix").is_none() && fake.system.has_module("fix"));
    assert!(picture(&fake).unwrap().ok);
}

/// As `klpctl upgrade` does it.
fn upgrades(fake: &Fake, name: &str) -> Result<()> {
    let before = fake.system.patches()?;
    match loads(fake, name, OnStall::Keep)? {
        Loaded::Loaded => remove_replaced(&fake.system, &before)?,
        Loaded::AlreadyInForce => remove_leftovers(&fake.system)?,
    };
    Ok(())
}

/// Kills it after each of its steps, as often as there are steps; what is there then, and what the next one makes of it.
fn killed_anywhere(test: &str, work: impl Fn(&Fake) -> Result<()>, check: impl Fn(&Fake)) {
    for steps in 0.. {
        let fake = Fake::new(test);
        fake.script.cumulative.borrow_mut().push("new".into());
        loads(&fake, "old", OnStall::Keep).unwrap();
        fake.describes("old", "new", "");
        fake.script.dies_after.set(Some(steps));
        let ended = catch_unwind(AssertUnwindSafe(|| work(&fake)));
        fake.script.dies_after.set(None);
        for name in ["old", "new"] {
            if fake.system.has_module(name) {
                fake.describes(name, "new", "");
            }
        }
        let in_force = fake.system.patches().unwrap();
        assert!(
            !in_force.is_empty() || test == "kill-unload",
            "after {steps} steps"
        );
        if ended.is_ok() {
            assert!(steps > 1, "{test} takes several steps");
            return check(&fake);
        }
        work(&fake).unwrap_or_else(|error| panic!("after {steps} steps: {error:#}"));
        check(&fake);
    }
}

#[test]
fn an_upgrade_that_is_killed_at_any_step_is_taken_up() {
    let check = |fake: &Fake| {
        let patches = fake.system.patches().unwrap();
        assert_eq!(in_stack_order(patches), ["new"]);
        assert!(!fake.system.has_module("old"));
    };
    killed_anywhere("kill-upgrade", |fake| upgrades(fake, "new"), check);
}

#[test]
fn an_unload_that_is_killed_at_any_step_is_taken_up() {
    let work = |fake: &Fake| match fake.system.has_module("old") {
        true => unloads(fake, "old").map(|_| ()),
        false => Ok(()),
    };
    let check = |fake: &Fake| assert!(!fake.system.has_module("old"));
    killed_anywhere("kill-unload", work, check);
}
