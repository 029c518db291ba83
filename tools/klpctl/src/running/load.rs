// SPDX-License-Identifier: GPL-2.0

//! Loading a patch: exactly the bytes that were verified.

use super::{
    explain,
    kmsg::Log,
    obstacle::{Left, Obstacle, Reason},
    remove::{no_transition, remove_module},
    rundir::Lock,
    system::{module_name, Direction, Pending, System},
    transition::{settle, Patience},
};
use crate::patch::{self, Patch};
use anyhow::{Error, Result};
use std::ffi::CStr;

/// A module in memory.
pub struct Image<'a> {
    /// What was read.
    pub bytes: &'a [u8],
    /// What it is.
    pub patch: &'a Patch,
    /// What is given to the kernel beside it.
    pub parameters: &'a CStr,
}

/// Whether it had to be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loaded {
    /// It was.
    Loaded,
    /// The same build was in force before.
    AlreadyInForce,
}

/// Loads a patch, if it is not in force, and waits until all tasks have switched. It is verified after all that makes that
/// needless.
pub fn load(
    system: &System,
    lock: &Lock,
    image: &Image<'_>,
    patience: Patience,
    verify: impl FnOnce() -> Result<()>,
) -> Result<Loaded> {
    system.has_livepatches()?;
    let name = module_name(&image.patch.name)?;
    let pending = Pending {
        patch: name.to_owned(),
        direction: Direction::Patching,
    };
    if let Some(is_pending) = same_build(system, image.patch)? {
        if is_pending {
            finish(system, lock, &pending, patience)?;
        }
        return Ok(Loaded::AlreadyInForce);
    }
    no_module(system, name)?;
    no_transition(system)?;
    verify()?;
    insert(system, lock, image, &pending)?;
    finish(system, lock, &pending, patience)?;
    Ok(Loaded::Loaded)
}

fn insert(system: &System, lock: &Lock, image: &Image<'_>, pending: &Pending) -> Result<()> {
    lock.note_transition(pending);
    let mut log = Log::from_now(&system.root);
    let inserted = system.acts.insert(image.bytes, image.parameters);
    inserted.map_err(|error| {
        lock.note_end();
        Error::from(explain::insertion(
            &system.root,
            &pending.patch,
            &error,
            log.about(&pending.patch),
        ))
    })
}

/// A patch whose transition was reverted is of no use: its module goes, too.
fn finish(system: &System, lock: &Lock, pending: &Pending, patience: Patience) -> Result<()> {
    settle(system, lock, pending, patience).map_err(|error| {
        let is_reverted = |obstacle: &Obstacle| obstacle.left == Some(Left::Reverted);
        if error.downcast_ref().is_some_and(is_reverted) {
            if let Err(other) = remove_module(system, &pending.patch) {
                return error.context(format!("{other:#}"));
            }
        }
        error
    })
}

/// Whether the same build is in transition, if it is loaded and on its way to be in force.
fn same_build(system: &System, new: &Patch) -> Result<Option<bool>> {
    let name = &new.name;
    let Some((direction, transition)) = system.motion(name) else {
        return Ok(None);
    };
    let loaded = patch::loaded(&system.root, name)?;
    let why = match is_same(&loaded, new) {
        Some(true) => None,
        Some(false) => Some("another build of it is in force"),
        None => Some("a patch of that name is in force, and whether it is this build does not show: it has no build id"),
    };
    if let Some(why) = why {
        let help = format!(
            "unload '{name}' first; or build the new one under another name, as a cumulative patch, and 'klpctl upgrade' to it: \
            then the fix is never out of force"
        );
        return Err(Obstacle::new(Reason::OtherBuild, format!("{name}: {why}"))
            .help(help)
            .into());
    }
    if direction == Direction::Unpatching {
        let message = format!("{name}: it is being disabled, and that has not ended");
        return Err(Obstacle::new(Reason::BeingDisabled, message)
            .help(format!("'klpctl reverse {name}' keeps it in force"))
            .into());
    }
    Ok(Some(transition))
}

/// Whether two are one build, where that is known.
pub fn is_same(loaded: &Patch, new: &Patch) -> Option<bool> {
    let same = |a: &Option<String>, b: &Option<String>| Some(a.as_ref()? == b.as_ref()?);
    same(&loaded.build_id, &new.build_id).or_else(|| same(&loaded.srcversion, &new.srcversion))
}

fn no_module(system: &System, name: &str) -> Result<(), Obstacle> {
    if !system.has_module(name) {
        return Ok(());
    }
    let message = format!(
        "{name}: a module of that name is loaded, without a patch in force: it was disabled or replaced, and a module enables \
        its patch only when it is loaded"
    );
    let help = match patch::is_kept(&system.root, name) {
        true => {
            "its author wants the module to stay: build the patch under another name".to_owned()
        }
        false => format!("'klpctl unload {name}' removes it; then load it again"),
    };
    Err(Obstacle::new(Reason::ModuleLoaded, message).help(help))
}
