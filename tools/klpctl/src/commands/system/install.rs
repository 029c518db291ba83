// SPDX-License-Identifier: GPL-2.0

//! `klpctl install` and `klpctl uninstall`: what is loaded at boot.

use super::{
    done,
    load::{accepted, warn, File},
    sign,
};
use crate::{
    cli::{Knowledge, SignChoice},
    commands::verify,
    date::Date,
    exit::Exit,
    kernel,
    patch::Patch,
    rules,
    running::{
        obstacle::{Obstacle, Reason},
        system::module_name,
        Lock, System,
    },
    store::{release_name, release_of, Store},
};
use anyhow::Result;
use serde::Serialize;
use std::path::Path;

#[derive(Serialize)]
struct Told<'a> {
    patch: &'a str,
    release: &'a str,
    changed: bool,
    fixes: &'a [String],
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Gone {
    uninstalled: Vec<String>,
    release: String,
}

/// The store, for one who may change it.
fn changing() -> Result<(Store, Lock)> {
    let store = Store::open();
    if !rustix::process::geteuid().is_root() && store.root == Path::new("/") {
        return Err(Obstacle::new(
            Reason::NotRoot,
            "only root may change what is loaded at boot",
        )
        .help("run klpctl as root")
        .into());
    }
    let lock = Lock::take(&store.root)?;
    Ok((store, lock))
}

/// Keeps a patch for the kernel that it is for.
pub fn run(
    file: &str,
    release: Option<&str>,
    knowledge: Knowledge,
    signing: &SignChoice,
    json: bool,
) -> Result<Exit> {
    let (store, _lock) = changing()?;
    let mut file = File::read(file)?;
    if signing.is_given() {
        file = sign::signed_file(file, signing)?;
    }
    let of = release_of(&file.patch)?;
    let name = file.patch.name.clone();
    if let Some(wanted) = release.filter(|wanted| *wanted != of) {
        let message = format!("{name}: it is for {of}, not for {wanted}");
        return Err(Obstacle::new(Reason::WrongKernel, message)
            .help("build it for that kernel")
            .into());
    }
    let mut before: Vec<Patch> = store
        .current(&of)?
        .into_iter()
        .map(|installed| installed.patch)
        .collect();
    before.retain(|patch| patch.name != name);
    let report = verify::for_its_kernel(&file.name, &file.bytes, &file.patch, &before)?;
    accepted(&report, &name, knowledge, json)?;
    let warnings = rules::warnings(&file.patch, &before, Date::today());
    let warnings: Vec<_> = warnings
        .iter()
        .map(|warning| format!("{name}: {warning}"))
        .collect();
    warn(&warnings);
    let changed = store.add(&of, &file.bytes, &file.patch)?;
    let text = match changed {
        true => format!(
            "{name}: installed for {of}: it is loaded at boot; 'klpctl load {name}' loads it now"
        ),
        false => format!("{name}: this build is installed for {of}"),
    };
    let told = Told {
        patch: &name,
        release: &of,
        changed,
        fixes: &file.patch.about.fixes,
        warnings,
    };
    done(json, &text, told)
}

/// Forgets patches, all their builds.
pub fn uninstall(names: &[String], release: Option<&str>, json: bool) -> Result<Exit> {
    let (store, _lock) = changing()?;
    let release = match release {
        Some(release) => release_name(release)?.to_owned(),
        None => kernel::running::release(Path::new("/"))?,
    };
    let mut gone = Vec::new();
    for name in names {
        let name = name.replace('-', "_");
        let name = module_name(&name)?;
        let all = store.all(&release)?;
        let files: Vec<_> = all
            .into_iter()
            .filter(|installed| installed.patch.name == name)
            .map(|installed| installed.file)
            .collect();
        if files.is_empty() {
            let message = format!("no patch '{name}' is installed for {release}");
            return Err(Obstacle::new(Reason::NotInstalled, message)
                .help("'klpctl status' shows what is; -k names another kernel's release")
                .into());
        }
        store.remove(&release, &files)?;
        gone.push(name.to_owned());
    }
    let system = System::running();
    let in_force = gone.iter().filter(|name| system.motion(name).is_some());
    let in_force: Vec<_> = in_force.map(String::as_str).collect();
    let mut text = format!("{}: no longer loaded at boot", gone.join(", "));
    if !in_force.is_empty() {
        text += &format!("; still in force: 'klpctl unload {}'", in_force.join(" "));
    }
    let uninstalled = gone.clone();
    done(
        json,
        &text,
        Gone {
            uninstalled,
            release,
        },
    )
}
