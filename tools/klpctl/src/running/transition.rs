// SPDX-License-Identifier: GPL-2.0

//! Waiting for a transition, and what becomes of one that tasks hold.

use super::{
    obstacle::{Left, Obstacle, Reason},
    rundir::Lock,
    system::{Direction, Pending, System},
    tasks,
    way_back::{self, Closed},
};
use crate::progress::Bar;
use anyhow::{Error, Result};
use clap::ValueEnum;
use std::time::{Duration, Instant};

/// The way back is waited for at least so long, whatever the patience was: the kernel looks once a second, and only on a busy
/// machine it takes longer.
const WAY_BACK: Duration = Duration::from_secs(60);

/// What becomes of a transition that has not ended in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnStall {
    /// It is reversed, so that all is as it was
    Revert,
    /// It stays pending
    Keep,
}

/// How long to wait, and what then.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How long.
    pub timeout: Duration,
    /// What then.
    pub on_stall: OnStall,
}

/// How a transition ended, or did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All tasks are where it led.
    There,
    /// Somebody turned it, and it ended there.
    Elsewhere,
    /// It has not.
    Not,
}

/// Waits for a transition; for ever without a timeout.
pub fn wait(system: &System, pending: &Pending, timeout: Option<Duration>) -> Result<Ended> {
    let started = Instant::now();
    let mut bar = Bar::new(&format!("{}: the transition", pending.patch));
    loop {
        match (system.motion(&pending.patch), pending.direction) {
            (None, Direction::Unpatching) => return Ok(Ended::There),
            (None, Direction::Patching) => return Ok(Ended::Elsewhere),
            (Some((at, false)), to) if at == to => return Ok(Ended::There),
            (Some((_, false)), _) => return Ok(Ended::Elsewhere),
            (Some((direction, true)), _) => bar.show(|| {
                let progress = tasks::count(&system.root, direction).unwrap_or_default();
                (progress.switched, progress.tasks)
            }),
        }
        if timeout.is_some_and(|timeout| started.elapsed() >= timeout) {
            return Ok(Ended::Not);
        }
        system.acts.pause();
    }
}

/// Waits for a transition that this klpctl has begun, or taken up; reverts one that stalls, if that is wanted.
pub fn settle(system: &System, lock: &Lock, pending: &Pending, patience: Patience) -> Result<()> {
    lock.note_seen(&system.root, pending);
    let ended = wait(system, pending, Some(patience.timeout))?;
    if ended == Ended::There {
        lock.note_end();
        return Ok(());
    }
    if ended == Ended::Elsewhere {
        lock.note_end();
        return Err(turned(pending));
    }
    let obstacle = stalled(system, pending, patience.timeout)?;
    let closed = match pending.direction {
        Direction::Patching => None,
        Direction::Unpatching => way_back::closed(system, &system.patches()?, &pending.patch),
    };
    Err(match patience.on_stall {
        OnStall::Revert if closed.is_none() => {
            revert(system, lock, pending, patience.timeout, obstacle)?
        }
        _ => keep(obstacle, pending, closed.as_ref()),
    }
    .into())
}

fn turned(pending: &Pending) -> Error {
    let message = format!(
        "{}: somebody else turned its transition, and it has ended where it began",
        pending.patch
    );
    let obstacle = Obstacle {
        left: Some(Left::Reverted),
        ..Obstacle::new(Reason::Failed, message)
    };
    obstacle.help("'klpctl status' shows how things are").into()
}

/// Who holds it.
pub fn stalled(system: &System, pending: &Pending, waited: Duration) -> Result<Obstacle> {
    let progress = tasks::look(&system.root, pending, &system.patches()?)?;
    let message = format!(
        "{}: its transition has not ended within {} s: {}",
        pending.patch,
        waited.as_secs(),
        progress.summary()
    );
    Ok(Obstacle {
        blocking: progress.blocking,
        ..Obstacle::new(Reason::Stalled, message)
    })
}

fn keep(obstacle: Obstacle, pending: &Pending, closed: Option<&Closed>) -> Obstacle {
    let name = &pending.patch;
    let back = match closed {
        None => format!("'klpctl reverse {name}' goes back"),
        Some(closed) => format!("there is no way back, as {}", closed.why()),
    };
    Obstacle {
        left: Some(Left::Pending),
        ..obstacle
    }
    .help(format!(
        "it stays pending, and goes on by itself when those tasks do: 'klpctl wait {name}' waits, 'klpctl blocking -v' shows \
        where they are; {back}"
    ))
}

fn revert(
    system: &System,
    lock: &Lock,
    pending: &Pending,
    timeout: Duration,
    obstacle: Obstacle,
) -> Result<Obstacle> {
    let back = Pending {
        patch: pending.patch.clone(),
        direction: pending.direction.reversed(),
    };
    match system.turn(&back.patch, back.direction) {
        // It ended in this moment.
        Err(_)
            if system
                .motion(&pending.patch)
                .is_none_or(|(_, transition)| !transition) => {}
        result => result?,
    }
    lock.note_transition(&back);
    if wait(system, &back, Some(timeout.max(WAY_BACK)))? == Ended::Not {
        return Ok(keep(obstacle, &back, None));
    }
    lock.note_end();
    let obstacle = Obstacle {
        left: Some(Left::Reverted),
        ..obstacle
    };
    Ok(obstacle.help(
        "it was reversed, and all is as before: end those tasks or what they wait for, and try again; --on-stall keep leaves it \
        pending instead",
    ))
}
