// SPDX-License-Identifier: GPL-2.0

//! `klpctl wait` and `klpctl check`: whether a transition is pending, for scripts.

use super::blocking::text;
use crate::{
    exit::Exit,
    progress,
    running::{
        obstacle::Obstacle,
        picture::{self, Moving},
        system::module_name,
        transition::{self, Ended},
        Reason, System,
    },
    show,
};
use anyhow::Result;
use serde::Serialize;
use std::time::{Duration, Instant};

#[derive(Serialize)]
struct Told {
    idle: bool,
    transition: Option<Moving>,
}

/// Waits until the transition of a patch, or any, has ended.
pub fn run(name: Option<&str>, timeout: Option<u64>, json: bool) -> Result<Exit> {
    let system = System::running();
    system.has_livepatches()?;
    if let Some(name) = name.map(module_name).transpose()? {
        if system.motion(name).is_none() && !system.has_module(name) {
            let message = format!("no livepatch '{name}' is loaded");
            return Err(Obstacle::new(Reason::NotLoaded, message)
                .help("'klpctl list' shows those that are")
                .into());
        }
    }
    let timeout = timeout.map(Duration::from_secs);
    let started = Instant::now();
    let is_meant = |patch: &str| name.is_none_or(|name| name == patch);
    while let Some(pending) = system.pending().filter(|pending| is_meant(&pending.patch)) {
        let left = timeout.map(|timeout| timeout.saturating_sub(started.elapsed()));
        if transition::wait(&system, &pending, left)? == Ended::Not {
            break;
        }
    }
    tell(&system, name, json)
}

/// Says whether one is pending now.
pub fn check(json: bool) -> Result<Exit> {
    tell(&System::running(), None, json)
}

fn tell(system: &System, name: Option<&str>, json: bool) -> Result<Exit> {
    let transition = picture::moving(system, &system.patches()?)?;
    let transition =
        transition.filter(|moving| name.is_none_or(|name| name == moving.pending.patch));
    let idle = transition.is_none();
    if json {
        show::json(Told { idle, transition })?;
    } else if let Some(moving) = &transition {
        show::print(&text(moving, false))?;
    } else {
        progress::say("no transition is pending");
    }
    Ok(match idle {
        true => Exit::Ok,
        false => Exit::Transition,
    })
}
