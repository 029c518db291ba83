// SPDX-License-Identifier: GPL-2.0

//! `klpctl reverse`: turn a transition around.

use super::{changing, done};
use crate::{
    exit::Exit,
    running::{
        obstacle::{Obstacle, Reason},
        system::{module_name, Direction, Pending},
        transition::{settle, OnStall, Patience},
        way_back, System,
    },
};
use anyhow::Result;
use std::time::Duration;

/// Turns it, and waits until it has ended.
pub fn run(name: &str, timeout: u64, json: bool) -> Result<Exit> {
    let (system, lock) = changing()?;
    let name = module_name(name)?;
    let Some((direction, true)) = system.motion(name) else {
        let message = format!("{name}: no transition of it is pending");
        return Err(Obstacle::new(Reason::NotPending, message)
            .help("'klpctl status' shows a transition; 'klpctl unload' disables a patch that is in force")
            .into());
    };
    let pending = Pending {
        patch: name.to_owned(),
        direction: direction.reversed(),
    };
    if pending.direction == Direction::Patching {
        has_way_back(&system, name)?;
    }
    system.turn(name, pending.direction)?;
    lock.note_transition(&pending);
    let patience = Patience {
        timeout: Duration::from_secs(timeout),
        on_stall: OnStall::Keep,
    };
    settle(&system, &lock, &pending, patience)?;
    let text = match pending.direction {
        Direction::Patching => format!("{name}: in force again, and all tasks run it"),
        Direction::Unpatching => {
            format!("{name}: not in force, as before; 'klpctl unload {name}' removes its module")
        }
    };
    done(json, &text, pending)
}

fn has_way_back(system: &System, name: &str) -> Result<()> {
    let Some(closed) = way_back::closed(system, &system.patches()?, name) else {
        return Ok(());
    };
    let message = format!(
        "{name}: it cannot be enabled again while it is being disabled: {}, so that the transition might never end",
        closed.why()
    );
    Err(Obstacle::new(Reason::NoWayBack, message)
        .help("let it be disabled, and load it again: 'klpctl blocking -v' shows who holds it, 'klpctl wait' waits")
        .into())
}
