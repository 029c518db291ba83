// SPDX-License-Identifier: GPL-2.0

//! `klpctl unload`: disable patches, and remove their modules.

use super::{changing, done};
use crate::{
    cli::Waiting,
    exit::Exit,
    running::{
        remove::{in_stack_order, remove_leftovers, unload, Module},
        system::module_name,
    },
};
use anyhow::Result;
use serde::Serialize;

#[derive(Serialize)]
struct Told {
    unloaded: Vec<String>,
    kept: Vec<String>,
}

/// Unloads these, or all; the one that was loaded last goes first.
pub fn run(names: &[String], all: bool, waiting: Waiting, json: bool) -> Result<Exit> {
    let (system, lock) = changing()?;
    let mut wanted = Vec::new();
    for name in names {
        wanted.push(module_name(&name.replace('-', "_"))?.to_owned());
    }
    let mut order = in_stack_order(system.patches()?);
    order.retain(|name| all || wanted.contains(name));
    wanted.retain(|name| !order.contains(name));
    let mut told = Told {
        unloaded: Vec::new(),
        kept: Vec::new(),
    };
    for name in order.into_iter().chain(wanted) {
        match unload(&system, &lock, &name, waiting.patience())? {
            Module::Removed => told.unloaded.push(name),
            Module::Kept => told.kept.push(name),
        }
    }
    if all {
        told.unloaded.extend(remove_leftovers(&system)?);
    }
    done(json, &text(&told), told)
}

fn text(told: &Told) -> String {
    let unloaded = told.unloaded.join(", ");
    let kept = told.kept.join(", ");
    match (told.unloaded.is_empty(), told.kept.is_empty()) {
        (true, true) => "no patch is in force".to_owned(),
        (false, true) => format!("{unloaded}: out of force, and unloaded"),
        (true, false) => format!("{kept}: out of force; its module stays, as its author wants it"),
        (false, false) => format!(
            "{unloaded}: out of force, and unloaded; {kept}: out of force, and the module stays, as its author wants it"
        ),
    }
}
