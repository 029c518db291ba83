// SPDX-License-Identifier: GPL-2.0

//! `klpctl blocking`: which tasks hold the transition.

use crate::{
    exit::Exit,
    running::{
        picture::{self, Moving},
        rundir,
        system::{Direction, System},
    },
    show::{self, Table},
};
use anstyle::Style;
use anyhow::Result;
use serde::Serialize;

#[derive(Serialize)]
struct Blocking {
    transition: Option<Moving>,
}

/// Shows them.
pub fn run(verbose: bool, json: bool) -> Result<Exit> {
    let system = System::running();
    let transition = picture::moving(&system, &system.patches()?)?;
    let exit = match &transition {
        None => Exit::Ok,
        Some(moving) if moving.progress.hidden > 0 => Exit::NotPermitted,
        Some(_) => Exit::Transition,
    };
    if json {
        show::json(Blocking { transition })?;
        return Ok(exit);
    }
    show::print(&match &transition {
        None => "No transition is pending.\n".to_owned(),
        Some(moving) => text(moving, verbose),
    })?;
    Ok(exit)
}

/// The transition, and who holds it.
pub fn text(moving: &Moving, verbose: bool) -> String {
    let sentence = format!(
        "{}: {}; {}.",
        headline(moving),
        moving.progress.summary(),
        since(moving.seen_since)
    );
    let mut text = show::wrapped(&show::clean(&sentence), show::width()).join("\n") + "\n";
    if let Some(why) = &moving.may_not_end {
        let name = &moving.pending.patch;
        let sentence =
            format!("It may never end: {why}. 'klpctl reverse {name}' disables the patch again.");
        text += &(show::wrapped(&show::clean(&sentence), show::width()).join("\n") + "\n");
    }
    if moving.progress.blocking.is_empty() {
        return text;
    }
    let mut table = Table::new(&["tid", "task", "in"], 2);
    for task in &moving.progress.blocking {
        let inside = match task.inside.as_slice() {
            [] => "not known: it runs, or its stack does not show".to_owned(),
            inside => inside.join(", "),
        };
        table.push(
            Style::new(),
            vec![task.tid.to_string(), task.name.clone(), inside],
        );
        for frame in task.stack.iter().filter(|_| verbose) {
            table.push(
                Style::new(),
                vec![String::new(), String::new(), format!("  {frame}")],
            );
        }
    }
    text += "\n";
    text += &table.text(show::width());
    text
}

/// What is in transition, and where to.
pub fn headline(moving: &Moving) -> String {
    let name = &moving.pending.patch;
    match moving.pending.direction {
        Direction::Patching => format!("The transition to '{name}' has not ended"),
        Direction::Unpatching => format!("The transition away from '{name}' has not ended"),
    }
}

fn since(seen: Option<u64>) -> String {
    match seen {
        Some(at) => format!(
            "klpctl has seen it for {} s",
            rundir::now().saturating_sub(at)
        ),
        None => "since when is not known".to_owned(),
    }
}
