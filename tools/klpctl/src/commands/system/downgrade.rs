// SPDX-License-Identifier: GPL-2.0

//! `klpctl downgrade`: back to what was installed before the newest.

use super::{boot, changing, done};
use crate::{
    cli::Waiting,
    exit::Exit,
    kernel,
    patch::Replace,
    rules,
    running::{
        obstacle::{Obstacle, Reason},
        remove::{remove_module, unload},
        Lock, System,
    },
    store::{current, guard::Guard, Installed, Store},
};
use anyhow::{Context, Result};
use serde::Serialize;

#[derive(Serialize)]
struct Told {
    from: String,
    to: Vec<String>,
    gap: bool,
}

/// Puts it in force, and installs it, in that order: one that is interrupted is taken up by the next.
pub fn run(is_dry: bool, waiting: Waiting, json: bool) -> Result<Exit> {
    let (system, lock) = changing()?;
    let store = Store::open();
    let release = kernel::running::release(&system.root)?;
    let mut all = store.all(&release)?;
    let Some(newest) = all.pop() else {
        let message = format!("nothing is installed for {release}");
        return Err(Obstacle::new(Reason::NotInstalled, message)
            .help("'klpctl install' installs a patch")
            .into());
    };
    let before = current(all);
    let told = Told {
        from: newest.patch.name.clone(),
        to: before
            .iter()
            .map(|installed| installed.patch.name.clone())
            .collect(),
        gap: needs_gap(&system, &newest, &before)?,
    };
    if !is_dry {
        go_back(
            &system, &lock, &store, &release, &newest, &before, told.gap, waiting, json,
        )?;
    }
    done(json, &text(&told, is_dry), told)
}

fn text(told: &Told, is_dry: bool) -> String {
    let to = match told.to.as_slice() {
        [] => "nothing".to_owned(),
        names => names.join(", "),
    };
    match (is_dry, told.gap) {
        (false, _) => format!(
            "{}: uninstalled and out of force; in force: {to}",
            told.from
        ),
        (true, false) => format!("{}: would be replaced by {to}", told.from),
        (true, true) => format!(
            "{}: would be unloaded, and then {to} loaded: in between, neither is in force",
            told.from
        ),
    }
}

/// Whether the newest has to go before the others can come.
fn needs_gap(system: &System, newest: &Installed, before: &[Installed]) -> Result<bool> {
    if system.motion(&newest.patch.name).is_none() {
        return Ok(false);
    }
    let [only] = before else { return Ok(true) };
    let replaces = only.patch.replace == Replace::Yes && only.patch.name != newest.patch.name;
    let accepted = rules::judge(&only.patch, &system.patches()?).accepted();
    Ok(!replaces || accepted != Some(true))
}

#[allow(clippy::too_many_arguments)]
fn go_back(
    system: &System,
    lock: &Lock,
    store: &Store,
    release: &str,
    newest: &Installed,
    before: &[Installed],
    gap: bool,
    waiting: Waiting,
    json: bool,
) -> Result<()> {
    let name = &newest.patch.name;
    let guard = Guard::new(store, &system.root);
    guard.recover()?;
    if gap {
        unload(system, lock, name, waiting.patience())?;
    }
    for installed in before {
        boot::load(system, lock, &guard, release, installed, waiting, json).with_context(|| {
            format!("{name}: it is not uninstalled, since what was before it is not in force")
        })?;
    }
    if system.motion(name).is_none() && system.has_module(name) {
        remove_module(system, name)?;
    }
    store.remove(release, std::slice::from_ref(&newest.file))
}
