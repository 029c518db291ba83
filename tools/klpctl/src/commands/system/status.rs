// SPDX-License-Identifier: GPL-2.0

//! `klpctl status` and `klpctl list`: the system's livepatches.

use super::blocking;
use crate::{
    exit::Exit,
    patch::State,
    running::{
        picture::{InForce, Picture},
        System,
    },
    show::{self, Table},
    store::Store,
};
use anstyle::{AnsiColor, Style};
use anyhow::Result;
use serde::Serialize;
use std::{io::IsTerminal, thread, time::Duration};

#[derive(Serialize)]
struct List {
    patches: Vec<InForce>,
}

/// Shows all, once or again each second.
pub fn run(watch: bool, json: bool) -> Result<Exit> {
    let system = System::running();
    loop {
        let picture = Picture::take(&system, &Store::open())?;
        match (json, watch && std::io::stdout().is_terminal()) {
            (true, _) => show::json(&picture)?,
            (false, true) => {
                show::print(&format!("\x1b[H\x1b[2J{}", text(&picture, show::width())))?
            }
            (false, false) => show::print(&text(&picture, show::width()))?,
        }
        if !watch {
            return Ok(Exit::Ok);
        }
        thread::sleep(Duration::from_secs(1));
    }
}

/// Shows the patches only.
pub fn list(json: bool) -> Result<Exit> {
    let patches = Picture::take(&System::running(), &Store::open())?.patches;
    match json {
        true => show::json(List { patches })?,
        false if patches.is_empty() => {}
        false => show::print(&table(&patches).text(show::width()))?,
    }
    Ok(Exit::Ok)
}

fn text(picture: &Picture, width: usize) -> String {
    let mut text = show::wrapped(&show::clean(&first_line(picture)), width).join("\n") + "\n";
    text += &second_line(picture, width);
    if !picture.patches.is_empty() {
        text += &format!("\n{}", table(&picture.patches).text(width));
    }
    if !picture.functions.is_empty() {
        let mut served = Table::new(&["function", "served by"], 1);
        for function in &picture.functions {
            let by = function.by.clone();
            let by = by.unwrap_or_else(|| {
                "not known: several patches have it, and their order does not show".to_owned()
            });
            served.push(
                Style::new(),
                vec![format!("{}:{}", function.object, function.function), by],
            );
        }
        text += &format!("\n{}", served.text(width));
    }
    if !picture.installed.is_empty() {
        let mut installed = Table::new(&["installed", "version", "in force"], 1);
        for patch in &picture.installed {
            let in_force = ["no", "yes"][usize::from(patch.in_force)].to_owned();
            let version = patch.version.clone().unwrap_or_default();
            installed.push(Style::new(), vec![patch.name.clone(), version, in_force]);
        }
        text += &format!("\n{}", installed.text(width));
    }
    if !picture.leftovers.is_empty() {
        let mut left = Table::new(&["module not in force", "use count"], 1);
        for leftover in &picture.leftovers {
            let users = leftover
                .users
                .map_or("not known".to_owned(), |users| users.to_string());
            left.push(Style::new(), vec![leftover.module.clone(), users]);
        }
        text += &format!("\n{}", left.text(width));
    }
    text
}

fn first_line(picture: &Picture) -> String {
    if let Some(moving) = &picture.transition {
        return format!(
            "{}: {}.",
            blocking::headline(moving),
            moving.progress.summary()
        );
    }
    let fixes: usize = picture.patches.iter().map(|patch| patch.fixes.len()).sum();
    let fixes = match fixes {
        0 => String::new(),
        1 => "; they say that they fix 1 thing".to_owned(),
        fixes => format!("; they say that they fix {fixes} things"),
    };
    match picture.patches.len() {
        0 => "No livepatch is in force.".to_owned(),
        1 => format!(
            "1 livepatch is in force, and all tasks run it{}.",
            fixes.replace("they say that they fix", "it says that it fixes")
        ),
        many => format!("{many} livepatches are in force, and all tasks run them{fixes}."),
    }
}

fn second_line(picture: &Picture, width: usize) -> String {
    let good = AnsiColor::Green.on_default();
    let bad = AnsiColor::Red.on_default().bold();
    match picture.problems.len() {
        0 => format!("{good}All is as it should be.{good:#}\n"),
        count => {
            let what = if count == 1 {
                "1 thing is"
            } else {
                &format!("{count} things are")
            };
            let mut text = format!("{bad}{what} not as it should be:{bad:#}\n");
            for problem in &picture.problems {
                let lines = show::wrapped(&show::clean(problem), width.saturating_sub(2));
                text += &format!("- {}\n", lines.join("\n  "));
            }
            text
        }
    }
}

fn table(patches: &[InForce]) -> Table {
    let mut table = Table::new(
        &["patch", "status", "version", "expires", "states", "fixes"],
        1,
    );
    for patch in patches {
        let style = match patch.status {
            "in force" => Style::new(),
            _ => AnsiColor::Yellow.on_default(),
        };
        let cells = [
            patch.name.clone(),
            patch.status.to_owned(),
            patch.version.clone().unwrap_or_default(),
            patch.expires.map_or(String::new(), |date| date.to_string()),
            states(patch.states.as_deref()),
            patch.fixes.join(", "),
        ];
        table.push(style, cells.into());
    }
    table
}

/// Each with its version.
fn states(states: Option<&[State]>) -> String {
    let Some(states) = states else {
        return "not known".to_owned();
    };
    let states: Vec<_> = states
        .iter()
        .map(|state| format!("{}:{}", state.id, state.version))
        .collect();
    states.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(patches: Vec<InForce>, problems: Vec<String>) -> Picture {
        Picture {
            ok: problems.is_empty(),
            problems,
            transition: None,
            patches,
            functions: Vec::new(),
            leftovers: Vec::new(),
            forced: Vec::new(),
            fixes: Vec::new(),
            installed: Vec::new(),
            failed: Vec::new(),
        }
    }

    fn shown(picture: &Picture) -> String {
        anstream::adapter::strip_str(&text(picture, 80)).to_string()
    }

    #[test]
    fn two_lines_say_whether_all_is_as_it_should_be() {
        assert_eq!(
            shown(&picture(Vec::new(), Vec::new())),
            "No livepatch is in force.\nAll is as it should be.\n"
        );
        let patch = InForce {
            name: "fix".into(),
            status: "in force",
            version: Some("1.2".into()),
            fixes: vec!["CVE-2026-1234".into()],
            expires: "2027-03-31".parse().ok(),
            states: Some(vec![State {
                id: 1,
                version: 2,
                ..Default::default()
            }]),
        };
        assert_eq!(
            shown(&picture(vec![patch], vec!["one".into()])),
            "1 livepatch is in force, and all tasks run it; it says that it fixes 1 thing.\n\
             1 thing is not as it should be:\n\
             - one\n\n\
             patch  status    version  expires     states  fixes\n\
             fix    in force  1.2      2027-03-31  1:2     CVE-2026-1234\n"
        );
    }
}
