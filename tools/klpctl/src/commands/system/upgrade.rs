// SPDX-License-Identifier: GPL-2.0

//! `klpctl upgrade`: a cumulative patch in the place of all others.

use super::{
    changing, done,
    load::{fixes, put_in_force, verified, warn, File},
};
use crate::{
    cli::{Knowledge, Waiting},
    exit::Exit,
    patch::{Patch, Replace},
    running::{
        load::Loaded,
        remove::{no_transition, remove_leftovers, remove_replaced},
        Obstacle, Reason,
    },
};
use anyhow::{Context, Result};
use serde::Serialize;

#[derive(Serialize)]
struct Told<'a> {
    patch: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Loaded>,
    replaces: &'a [String],
    fixes: &'a [String],
    warnings: Vec<String>,
}

/// Loads it, and removes the modules of those that it replaced; or only says so.
pub fn run(
    file: &File,
    is_dry: bool,
    waiting: Waiting,
    knowledge: Knowledge,
    json: bool,
) -> Result<Exit> {
    let (system, lock) = changing()?;
    let name = &file.patch.name;
    is_cumulative(&file.patch)?;
    let before = system.patches()?;
    let warnings = file.warnings(&before);
    warn(&warnings);
    let names = before.iter().map(|patch| patch.name.clone());
    let replaces: Vec<_> = names.filter(|old| old != name).collect();
    let told = |outcome, replaces, warnings| Told {
        patch: name,
        outcome,
        replaces,
        fixes: &file.patch.about.fixes,
        warnings,
    };
    if is_dry {
        if system.motion(name).is_none() {
            no_transition(&system)?;
            verified(file, knowledge, json)?;
        }
        let text = format!(
            "{name}: would be loaded, and {}{}",
            what_goes(&replaces),
            fixes(&file.patch)
        );
        return done(json, &text, told(None, &replaces, warnings));
    }
    let outcome = put_in_force(&system, &lock, file, waiting, knowledge, json)?;
    let removed = match outcome {
        Loaded::Loaded => remove_replaced(&system, &before),
        // What an upgrade that was interrupted has left.
        Loaded::AlreadyInForce => remove_leftovers(&system),
    };
    let removed = removed
        .with_context(|| format!("{name}: in force, but a module that it replaced is not gone"))?;
    let text = format!(
        "{name}: in force, and all tasks run it; {}{}",
        what_went(&removed),
        fixes(&file.patch)
    );
    done(json, &text, told(Some(outcome), &removed, warnings))
}

fn is_cumulative(patch: &Patch) -> Result<(), Obstacle> {
    let why = match &patch.replace {
        Replace::Yes => return Ok(()),
        Replace::No => "it is not cumulative, and would come beside the others".to_owned(),
        Replace::WhenLoaded(how) => {
            format!("whether it is cumulative is decided when it is loaded ({how})")
        }
    };
    Err(
        Obstacle::new(Reason::NotCumulative, format!("{}: {why}", patch.name)).help(
            "'klpctl load' loads it as it is; 'replace: true' in livepatch! makes it cumulative",
        ),
    )
}

fn what_goes(replaces: &[String]) -> String {
    match replaces {
        [] => "would replace nothing".to_owned(),
        names => format!(
            "would replace {}, whose modules would be removed",
            names.join(", ")
        ),
    }
}

fn what_went(replaces: &[String]) -> String {
    match replaces {
        [] => "no module had to go".to_owned(),
        names => format!("removed: {}", names.join(", ")),
    }
}
