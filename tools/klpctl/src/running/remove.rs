// SPDX-License-Identifier: GPL-2.0

//! Taking patches away: disabling them, and removing their modules.

use super::{
    obstacle::{Obstacle, Reason},
    rundir::{self, Lock},
    system::{Direction, Pending, System},
    transition::{settle, Patience},
};
use crate::patch::{self, Patch};
use anyhow::{Context, Result};
use serde::Serialize;
use std::{
    io,
    time::{Duration, Instant},
};

/// How long the kernel may take to let go of a module whose patch has gone.
const LETTING_GO: Duration = Duration::from_secs(30);

/// What became of a module whose patch is out of force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Module {
    /// It is gone.
    Removed,
    /// It stays, by its author's word.
    Kept,
}

/// Disables a patch if it is in force, and removes its module.
pub fn unload(system: &System, lock: &Lock, name: &str, patience: Patience) -> Result<Module> {
    system.has_livepatches()?;
    if let Some((direction, transition)) = system.motion(name) {
        may_go(system, name, transition)?;
        let pending = Pending {
            patch: name.to_owned(),
            direction: Direction::Unpatching,
        };
        if direction == Direction::Patching {
            system.turn(name, Direction::Unpatching)?;
            lock.note_transition(&pending);
        }
        settle(system, lock, &pending, patience)?;
    } else if !system.has_module(name) {
        return Err(not_loaded(system, name)?.into());
    }
    remove_module(system, name)
}

/// The one that was loaded last goes first.
pub fn in_stack_order(mut patches: Vec<Patch>) -> Vec<String> {
    patches.reverse();
    patches.into_iter().map(|patch| patch.name).collect()
}

fn not_loaded(system: &System, name: &str) -> Result<Obstacle> {
    let patches = system.patches()?;
    let names: Vec<_> = patches.iter().map(|patch| patch.name.as_str()).collect();
    let near = crate::near::did_you_mean(name, names.iter().copied());
    let near = crate::near::in_parentheses(near);
    let message = format!("no livepatch '{name}' is loaded{near}");
    Ok(Obstacle::new(Reason::NotLoaded, message).help("'klpctl list' shows those that are"))
}

/// Refuses where another transition is pending, and where a newer patch has taken over one of its states.
fn may_go(system: &System, name: &str, is_own_transition: bool) -> Result<()> {
    if !is_own_transition {
        no_transition(system)?;
    }
    let patches = system.patches()?;
    let Some(at) = patches.iter().position(|patch| patch.name == name) else {
        return Ok(());
    };
    let (patch, newer) = (&patches[at], &patches[at + 1..]);
    let Some(states) = patch.states.as_ref().filter(|states| !states.is_empty()) else {
        return Ok(());
    };
    for other in newer {
        let shared = match &other.states {
            Some(theirs) => states
                .iter()
                .find(|state| theirs.iter().any(|their| their.id == state.id)),
            None => states.first(),
        };
        let Some(state) = shared else { continue };
        let known = match other.states {
            Some(_) => "lives on",
            None => "came after it, and does not say whether it lives on",
        };
        let message = format!("{name}: '{}' {known} its state {}", other.name, state.id);
        return Err(Obstacle::new(Reason::StateInUse, message)
            .help(format!("unload '{}' first", other.name))
            .into());
    }
    Ok(())
}

/// Refuses where a transition is pending.
pub fn no_transition(system: &System) -> Result<(), Obstacle> {
    let Some(pending) = system.pending() else {
        return Ok(());
    };
    let message = format!(
        "the transition of '{}' has not ended, and there is one at a time",
        pending.patch
    );
    Err(Obstacle::new(Reason::Pending, message).help(format!(
        "'klpctl wait' waits for it, 'klpctl blocking' shows who holds it, 'klpctl reverse {}' goes back",
        pending.patch
    )))
}

/// Removes the module of a patch that is not in force, as soon as the kernel has let go of it.
pub fn remove_module(system: &System, name: &str) -> Result<Module> {
    if patch::is_kept(&system.root, name) {
        return Ok(Module::Kept);
    }
    if let Some(obstacle) = stays(system, name) {
        return Err(obstacle.into());
    }
    let started = Instant::now();
    loop {
        if system.users(name).is_none_or(|users| users == 0) {
            match system.remove(name) {
                Ok(()) => return Ok(Module::Removed),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Ok(Module::Removed)
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => {
                    return Err(error)
                        .with_context(|| format!("{name}: its module cannot be removed"))
                }
            }
        }
        if started.elapsed() >= LETTING_GO {
            return Err(in_use(system, name).into());
        }
        system.acts.pause();
    }
}

/// Removes the modules of patches that were in force and are not any more; which ones.
pub fn remove_replaced(system: &System, before: &[Patch]) -> Result<Vec<String>> {
    let mut removed = Vec::new();
    for old in before {
        let is_replaced = system.motion(&old.name).is_none() && system.has_module(&old.name);
        if is_replaced && remove_module(system, &old.name)? == Module::Removed {
            removed.push(old.name.clone());
        }
    }
    Ok(removed)
}

/// Removes the modules of patches that went out of force at some time, as far as nothing uses them; which ones.
pub fn remove_leftovers(system: &System) -> Result<Vec<String>> {
    let mut removed = Vec::new();
    for left in system.leftovers()? {
        if left.users == Some(0) && remove_module(system, &left.module)? == Module::Removed {
            removed.push(left.module);
        }
    }
    Ok(removed)
}

fn in_use(system: &System, name: &str) -> Obstacle {
    let users = system.users(name).map_or(String::new(), |users| {
        format!(" (its use count is {users})")
    });
    let message =
        format!("{name}: it is not in force, but its module is in use{users}, and stays loaded");
    Obstacle::new(Reason::ModuleInUse, message).help(
        "it does no harm: something holds the module, as an open file does; a module whose transition was forced stays until \
        the next boot",
    )
}

/// Why the module stays for ever, if it does.
fn stays(system: &System, name: &str) -> Option<Obstacle> {
    let is_in = |forced: &rundir::Forced| forced.stay.iter().any(|stays| stays == name);
    rundir::forced(&system.root).iter().any(is_in).then(|| {
        let message = format!("{name}: its module stays until the next boot, since a transition away from it was forced");
        Obstacle::new(Reason::ModuleInUse, message)
            .help("it is not in force, and does no harm; a patch of another name can be loaded")
    })
}
