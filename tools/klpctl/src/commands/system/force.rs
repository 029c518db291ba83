// SPDX-License-Identifier: GPL-2.0

//! `klpctl force`: end a transition without the tasks that hold it.

use super::{blocking, changing, done};
use crate::{
    exit::Exit,
    patch::{Patch, Replace},
    running::{
        obstacle::{Obstacle, Reason},
        picture::{self, Moving},
        system::{module_name, Direction},
        transition,
    },
    show,
};
use anyhow::Result;
use serde::Serialize;
use std::{
    io::{self, IsTerminal},
    time::Duration,
};

#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    was: Moving,
    stay: Vec<String>,
}

/// After a yes.
pub fn run(name: &str, is_confirmed: bool, json: bool) -> Result<Exit> {
    let (system, lock) = changing()?;
    let name = module_name(name)?;
    let patches = system.patches()?;
    let Some(moving) =
        picture::moving(&system, &patches)?.filter(|moving| moving.pending.patch == name)
    else {
        let message = format!("{name}: no transition of it is pending");
        return Err(Obstacle::new(Reason::NotPending, message)
            .help("'klpctl status' shows one")
            .into());
    };
    let stay = stay(&moving, &patches);
    if !is_confirmed {
        if !json {
            let who = blocking::text(&moving, false);
            show::say(&format!("{who}{}", consequences(&stay)));
        }
        confirm(name)?;
    }
    lock.note_forced(&moving.pending, &stay)?;
    system.force(name)?;
    transition::wait(&system, &moving.pending, Some(Duration::from_secs(60)))?;
    lock.note_end();
    let text = format!(
        "{name}: the transition was forced, without {} tasks",
        moving.progress.blocking.len()
    );
    done(json, &text, Told { was: moving, stay })
}

/// The modules whose code a task may still be in, so that the kernel never lets go of them.
///
/// C source: `kernel/livepatch/transition.c` (`klp_force_transition()`)
fn stay(moving: &Moving, patches: &[Patch]) -> Vec<String> {
    let name = &moving.pending.patch;
    let is_cumulative = |patch: &Patch| patch.name == *name && patch.replace != Replace::No;
    match moving.pending.direction {
        Direction::Unpatching => vec![name.clone()],
        Direction::Patching if patches.iter().any(is_cumulative) => {
            let others = patches.iter().map(|patch| patch.name.clone());
            others.filter(|other| other != name).collect()
        }
        Direction::Patching => Vec::new(),
    }
}

fn consequences(stay: &[String]) -> String {
    let mut text = "\nForcing ends the transition without them: they go on in the functions that they are in, beside tasks that \
        use the others. What the patch changes in data, they may see half.\n"
        .to_owned();
    if !stay.is_empty() {
        text += &format!(
            "The module of {} can never be removed then, until the next boot.\n",
            stay.join(", ")
        );
    }
    show::wrapped(&text, show::width()).join("\n") + "\n"
}

fn confirm(name: &str) -> Result<(), Obstacle> {
    let refused = |why: &str| {
        Obstacle::new(
            Reason::NotConfirmed,
            format!("{name}: not forced, since {why}"),
        )
        .help("--yes forces it without asking")
    };
    if !io::stdin().is_terminal() {
        return Err(refused("there is no terminal to ask at"));
    }
    show::say(&format!("To force it, type the patch's name, {name}:"));
    let mut answer = String::new();
    match io::stdin().read_line(&mut answer) {
        Ok(_) if answer.trim() == name => Ok(()),
        _ => Err(refused("that was not its name")),
    }
}
