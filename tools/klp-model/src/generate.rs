// SPDX-License-Identifier: GPL-2.0

//! Random steps: mostly such as lead somewhere from where the model is.

use crate::{
    catalogue::{Patch, PATCHES},
    model::Model,
    step::{Step, AT_TARGET, AT_VMLINUX},
};
use fastrand::Rng;
use rustix::io::Errno;

/// A sequence from the beginning.
pub fn sequence(random: &mut Rng, length: usize) -> Vec<Step> {
    let mut model = Model::default();
    let mut steps = Vec::new();
    while steps.len() < length {
        let step = step(random, &model);
        if model.allows(&step) && (is_eventful(&model, &step) || random.u32(..100) < DULL_STEPS) {
            let _ = model.perform(&step);
            steps.push(step);
        }
    }
    steps
}

/// So many of a hundred steps are taken that the kernel refuses, or that let a transition end which might have been held up.
const DULL_STEPS: u32 = 25;

fn is_eventful(model: &Model, step: &Step) -> bool {
    let mut after = model.clone();
    let is_done = matches!(after.perform(step), Ok(()) | Err(Errno::NODEV));
    let lets_it_end = model.has_sleepers() && after.in_transition().is_none();
    is_done && !lets_it_end
}

fn step(random: &mut Rng, model: &Model) -> Step {
    let any = any_patch(random);
    let in_force = pick(random, model.in_force()).unwrap_or(any);
    if let Some(patch) = model.in_transition() {
        return during_transition(random, patch, in_force);
    }
    match random.u32(..100) {
        0..40 => load(random, model.not_loaded()),
        40..55 => Step::Disable(in_force),
        55..65 => Step::Remove(pick(random, model.removable()).unwrap_or(any)),
        65..80 => module(random, model),
        80..92 if !model.has_sleepers() => Step::Hold,
        80..85 => Step::Release,
        _ => mistake(random, any),
    }
}

fn during_transition(random: &mut Rng, patch: &'static Patch, other: &'static Patch) -> Step {
    match random.u32(..100) {
        0..20 => Step::Enable(patch),
        20..40 => Step::Disable(patch),
        40..50 => Step::Force(patch),
        50..70 => Step::Release,
        70..75 => Step::Hold,
        75..80 => Step::Disable(other),
        80..85 => load(random, PATCHES.iter().collect()),
        85..89 => Step::TargetComes,
        89..93 => Step::TargetGoes,
        93..95 => Step::TargetFails,
        _ => mistake(random, other),
    }
}

fn load(random: &mut Rng, patches: Vec<&'static Patch>) -> Step {
    let patch = pick(random, patches).unwrap_or_else(|| any_patch(random));
    let fails = match random.u32(..100) {
        0..4 => AT_VMLINUX,
        4..10 => AT_TARGET,
        10..16 => random.u32(1..=3),
        _ => 0,
    };
    Step::Load {
        patch,
        replace: random.bool(),
        fails,
    }
}

fn module(random: &mut Rng, model: &Model) -> Step {
    match random.u32(..4) {
        0 => Step::TargetFails,
        _ if model.has_target() => Step::TargetGoes,
        _ => Step::TargetComes,
    }
}

/// What an administrator may do by mistake.
fn mistake(random: &mut Rng, patch: &'static Patch) -> Step {
    match random.u32(..4) {
        0 => Step::Enable(patch),
        1 => Step::Disable(patch),
        2 => Step::Force(patch),
        _ => Step::Remove(patch),
    }
}

fn any_patch(random: &mut Rng) -> &'static Patch {
    &PATCHES[random.usize(..PATCHES.len())]
}

fn pick(random: &mut Rng, patches: Vec<&'static Patch>) -> Option<&'static Patch> {
    random.choice(patches)
}
