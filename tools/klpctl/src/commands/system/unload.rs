// SPDX-License-Identifier: GPL-2.0

//! `klpctl unload`: disable patches, and remove their modules.

use super::{changing, done};
use crate::{
    cli::Waiting,
    exit::Exit,
    running::{
        remove::{in_stack_order, unload},
        system::module_name,
    },
};
use anyhow::Result;
use serde::Serialize;

#[derive(Serialize)]
struct Told {
    unloaded: Vec<String>,
}

/// Unloads these, or all; the one that was loaded last goes first.
pub fn run(names: &[String], all: bool, waiting: Waiting, json: bool) -> Result<Exit> {
    let (system, lock) = changing()?;
    let mut wanted = Vec::new();
    for name in names {
        wanted.push(module_name(&name.replace('-', "_"))?.to_owned());
    }
    let mut unloaded = Vec::new();
    for name in in_stack_order(system.patches()?) {
        if all || wanted.contains(&name) {
            unload(&system, &lock, &name, waiting.patience())?;
            unloaded.push(name);
        }
    }
    wanted.retain(|name| !unloaded.contains(name));
    for name in wanted {
        unload(&system, &lock, &name, waiting.patience())?;
        unloaded.push(name);
    }
    let text = match unloaded.as_slice() {
        [] => "no patch is in force".to_owned(),
        names => format!("{}: no longer in force, and unloaded", names.join(", ")),
    };
    done(json, &text, Told { unloaded })
}
