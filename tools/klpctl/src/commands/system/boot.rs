// SPDX-License-Identifier: GPL-2.0

//! `klpctl load NAME`, `klpctl load --all`: patches that are installed. The second is what happens at boot.

use super::{
    changing, done,
    load::{fixes, put_in_force, File},
};
use crate::{
    cli::{Knowledge, Waiting},
    exit::Exit,
    kernel, progress,
    running::{
        load::Loaded,
        obstacle::{Left, Obstacle, Reason},
        remove::{remove_module, remove_replaced},
        Lock, System,
    },
    show,
    store::{guard, guard::Guard, Installed, Store},
};
use anyhow::Result;
use serde::Serialize;

#[derive(Serialize)]
struct Told {
    #[serde(skip_serializing_if = "Option::is_none")]
    switched_off: Option<String>,
    patches: Vec<One>,
}

#[derive(Serialize)]
struct One {
    patch: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Loaded>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// Loads one that is installed for this kernel. That it is asked for by its name lifts what held it back.
pub fn one(name: &str, waiting: Waiting, json: bool) -> Result<Exit> {
    let (system, lock) = changing()?;
    let store = Store::open();
    let release = kernel::running::release(&system.root)?;
    let guard = Guard::new(&store, &system.root);
    guard.recover()?;
    let name = name.replace('-', "_");
    let mut installed = store.current(&release)?;
    installed.retain(|installed| installed.patch.name == name);
    let Some(installed) = installed.pop() else {
        return Err(not_installed(&name, &release).into());
    };
    guard.release(&key(&release, &installed))?;
    let outcome = load(&system, &lock, &guard, &release, &installed, waiting, json)?;
    let text = format!(
        "{name}: in force, and all tasks run it{}",
        fixes(&installed.patch)
    );
    let patches = vec![One {
        patch: name,
        outcome: Some(outcome),
        reason: None,
        message: None,
    }];
    done(
        json,
        &text,
        Told {
            switched_off: None,
            patches,
        },
    )
}

/// That a name is none of an installed patch.
pub fn not_installed(name: &str, release: &str) -> Obstacle {
    let message = format!(
        "no patch '{}' is installed for {release}, and it is no file",
        show::clean(name)
    );
    Obstacle::new(Reason::NotInstalled, message)
        .help("'klpctl status' shows what is installed; give a module's file as ./NAME.ko")
}

/// Loads all that are installed for this kernel, in their order.
pub fn all(waiting: Waiting, json: bool) -> Result<Exit> {
    let (system, lock) = changing()?;
    let store = Store::open();
    if let Some(why) = guard::switch(&system.root, &store.root) {
        let text = format!("nothing is loaded: {why}");
        let told = Told {
            switched_off: Some(why),
            patches: Vec::new(),
        };
        return done(json, &text, told);
    }
    let release = kernel::running::release(&system.root)?;
    let guard = Guard::new(&store, &system.root);
    guard.recover()?;
    let held = guard.held();
    let mut patches = Vec::new();
    for installed in store.current(&release)? {
        let result = match held.contains(&key(&release, &installed)) {
            true => Err(held_back(&installed.patch.name).into()),
            false => load(&system, &lock, &guard, &release, &installed, waiting, json),
        };
        patches.push(told(&installed, result));
    }
    let failed: Vec<_> = patches
        .iter()
        .filter_map(|one| Some((one.patch.clone(), one.message.clone()?)))
        .collect();
    lock.note_failed(&failed);
    finish(patches, failed.is_empty(), json)
}

fn finish(patches: Vec<One>, is_done: bool, json: bool) -> Result<Exit> {
    let exit = match is_done {
        true => Exit::Ok,
        false => Exit::Failed,
    };
    if !json {
        for one in &patches {
            let text = one
                .message
                .clone()
                .unwrap_or_else(|| format!("{}: in force", one.patch));
            progress::say(&show::clean(&text));
        }
        return Ok(exit);
    }
    show::json(super::Done {
        done: is_done,
        what: Told {
            switched_off: None,
            patches,
        },
    })?;
    Ok(exit)
}

fn told(installed: &Installed, result: Result<Loaded>) -> One {
    let patch = installed.patch.name.clone();
    let (outcome, failure) = match result {
        Ok(outcome) => (Some(outcome), None),
        Err(error) => (None, Some(error)),
    };
    let reason = |error: &anyhow::Error| {
        error
            .downcast_ref()
            .map_or(Reason::Failed, |obstacle: &Obstacle| obstacle.reason)
    };
    One {
        patch,
        outcome,
        reason: failure.as_ref().map(reason),
        message: failure.map(|error| format!("{error:#}")),
    }
}

fn held_back(name: &str) -> Obstacle {
    let message = format!(
        "{name}: held back, since a boot ended uncleanly soon after it was loaded; 'klpctl load {name}' loads it, and lifts that"
    );
    Obstacle::new(Reason::HeldBack, message)
}

/// How the marks call it.
pub fn key(release: &str, installed: &Installed) -> String {
    format!("{release}/{}", installed.file)
}

/// Loads one, with the mark that is found if the machine goes down, in the place of what is left of it and of those that it
/// replaces. What could be known of it was looked at when it was installed.
pub fn load(
    system: &System,
    lock: &Lock,
    guard: &Guard<'_>,
    release: &str,
    installed: &Installed,
    waiting: Waiting,
    json: bool,
) -> Result<Loaded> {
    let file = File::of(
        installed.file.clone(),
        installed.bytes.clone(),
        installed.patch.clone(),
    );
    let known = Knowledge {
        accept_unknown: true,
    };
    let what = key(release, installed);
    let name = &installed.patch.name;
    if system.motion(name).is_none() && system.has_module(name) {
        remove_module(system, name)?;
    }
    let before = system.patches()?;
    guard.begin(&what)?;
    let result = put_in_force(system, lock, &file, waiting, known, json);
    let is_there = match &result {
        Ok(_) => true,
        Err(error) => error
            .downcast_ref()
            .is_some_and(|obstacle: &Obstacle| obstacle.left == Some(Left::Pending)),
    };
    if !is_there {
        guard.refused(&what)?;
    }
    let outcome = result?;
    remove_replaced(system, &before)?;
    Ok(outcome)
}

/// The boot has gone well, or ends as it should: nothing that was loaded is held back.
pub fn settle() -> Result<Exit> {
    let (system, _lock) = changing()?;
    let store = Store::open();
    let guard = Guard::new(&store, &system.root);
    guard.recover()?;
    guard.settle()?;
    Ok(Exit::Ok)
}
