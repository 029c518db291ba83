// SPDX-License-Identifier: GPL-2.0

//! `klpctl load`: verify a patch, load it, and wait until all tasks run it.

use super::{changing, done};
use crate::{
    bytes,
    cli::{Knowledge, Waiting},
    commands::verify,
    date::Date,
    elf::Elf,
    exit::Exit,
    patch::{self, Patch},
    progress,
    report::Report,
    rules,
    running::{
        load::{self, Image, Loaded},
        parameters::parameters,
        Lock, Obstacle, Reason, System,
    },
    show,
    verify::target,
};
use anyhow::{Context, Result};
use serde::Serialize;
use std::{ffi::CString, path::Path};

#[derive(Serialize)]
struct Told<'a> {
    patch: &'a str,
    outcome: Loaded,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    fixes: &'a [String],
    warnings: Vec<String>,
}

/// A module that was read.
pub struct File {
    /// Its path, for messages.
    pub name: String,
    /// What was read, and is what is loaded.
    pub bytes: Vec<u8>,
    /// What it is.
    pub patch: Patch,
    parameters: CString,
}

impl File {
    /// Reads it, once.
    pub fn read(name: &str) -> Result<Self> {
        let bytes = bytes::read(Path::new(name))?;
        let patch = Elf::parse(&bytes)
            .map_err(patch::Error::from)
            .and_then(|elf| patch::read(&elf))
            .with_context(|| name.to_owned())?;
        Ok(Self::of(name.to_owned(), bytes, patch))
    }

    /// One that was read.
    pub fn of(name: String, bytes: Vec<u8>, patch: Patch) -> Self {
        Self {
            name,
            bytes,
            patch,
            parameters: CString::default(),
        }
    }

    /// With what is given to the kernel beside it.
    pub fn with_parameters(mut self, given: &[String]) -> Result<Self, Obstacle> {
        self.parameters = parameters(&self.patch, given)?;
        Ok(self)
    }

    /// What to tell of it, over what is in force.
    pub fn warnings(&self, in_force: &[Patch]) -> Vec<String> {
        let others: Vec<_> = in_force
            .iter()
            .filter(|other| other.name != self.patch.name)
            .cloned()
            .collect();
        let warnings = rules::warnings(&self.patch, &others, Date::today());
        warnings
            .iter()
            .map(|warning| format!("{}: {warning}", self.patch.name))
            .collect()
    }
}

/// What is installed is loaded as it is loaded at boot.
pub fn without_parameters(name: &str, given: &[String]) -> Result<(), Obstacle> {
    match given {
        [] => Ok(()),
        _ => Err(Obstacle::new(
            Reason::BadParameter,
            format!("{name}: what is installed is loaded without parameters, as at boot"),
        )
        .help("name the module's file to load it with parameters")),
    }
}

/// Loads a file.
pub fn run(
    file: &str,
    parameters: &[String],
    waiting: Waiting,
    knowledge: Knowledge,
    json: bool,
) -> Result<Exit> {
    let file = File::read(file)?.with_parameters(parameters)?;
    let (system, lock) = changing()?;
    let warnings = file.warnings(&system.patches()?);
    warn(&warnings);
    let outcome = put_in_force(&system, &lock, &file, waiting, knowledge, json)?;
    let name = &file.patch.name;
    let text = match outcome {
        Loaded::Loaded => format!(
            "{name}: in force, and all tasks run it{}",
            fixes(&file.patch)
        ),
        Loaded::AlreadyInForce => format!("{name}: this build is in force"),
    };
    let about = &file.patch.about;
    let told = Told {
        patch: name,
        outcome,
        version: about.version.as_deref(),
        fixes: &about.fixes,
        warnings,
    };
    done(json, &text, told)
}

/// Says warnings.
pub fn warn(warnings: &[String]) {
    for warning in warnings {
        progress::say(&show::clean(&format!("warning: {warning}")));
    }
}

/// What it fixes, behind a sentence.
pub fn fixes(patch: &Patch) -> String {
    match patch.about.fixes.as_slice() {
        [] => String::new(),
        fixes => format!("; it fixes {}", fixes.join(", ")),
    }
}

/// Verifies a file against what runs, and loads what was read of it.
pub fn put_in_force(
    system: &System,
    lock: &Lock,
    file: &File,
    waiting: Waiting,
    knowledge: Knowledge,
    json: bool,
) -> Result<Loaded> {
    let image = Image {
        bytes: &file.bytes,
        patch: &file.patch,
        parameters: &file.parameters,
    };
    load::load(system, lock, &image, waiting.patience(), || {
        verified(file, knowledge, json)
    })
}

/// Refuses what is not as it should be, and what is not known unless that is accepted.
pub fn verified(file: &File, knowledge: Knowledge, json: bool) -> Result<()> {
    let report = verify::against_running(&file.name, &file.bytes, &file.patch)?;
    accepted(&report, &file.patch.name, knowledge, json)
}

/// Whether what was found lets it be loaded.
pub fn accepted(report: &Report, name: &str, knowledge: Knowledge, json: bool) -> Result<()> {
    let (reason, message, help) = match report.verified() {
        Some(true) => return Ok(()),
        None if knowledge.accept_unknown || is_up_to_the_kernel(report) => return Ok(()),
        None => (
            Reason::NotKnown,
            format!(
                "{name}: whether it may be loaded is not known: {}",
                first(report, name, false)
            ),
            "make that known; or load it with --accept-unknown, if you know it otherwise",
        ),
        Some(false) => (
            reason(report),
            format!("{name}: it is not loaded: {}", first(report, name, true)),
            "'klpctl verify --running' shows all checks",
        ),
    };
    if !json {
        show::print(&report.text(show::width()))?;
    }
    Err(Obstacle::new(reason, message).help(help).into())
}

/// The kernel judges a signature itself, before it does anything with the module.
fn is_up_to_the_kernel(report: &Report) -> bool {
    report.unknown().all(|finding| finding.check == "signature")
}

/// What the first of them is about, if not the module as a whole, and what was found.
fn first(report: &Report, name: &str, failed: bool) -> String {
    let worst = match failed {
        true => report.failed().next(),
        false => report.unknown().next(),
    };
    worst.map_or(String::new(), |finding| match finding.subject == name {
        true => finding.message.clone(),
        false => format!("{}: {}", finding.subject, finding.message),
    })
}

/// What the checks that failed are about, if they are all about one thing.
fn reason(report: &Report) -> Reason {
    let reason = |check: &str| match check {
        "vermagic" => Reason::WrongKernel,
        "signature" => Reason::Signature,
        "held" => Reason::Held,
        "rules" => Reason::Incompatible,
        "transition" => Reason::Pending,
        "symbol" => Reason::Symbol,
        target::CHECK => Reason::OtherTarget,
        _ => Reason::Verification,
    };
    let mut reasons = report.failed().map(|finding| reason(finding.check));
    let first = reasons.next().unwrap_or(Reason::Verification);
    match reasons.all(|other| other == first) {
        true => first,
        false => Reason::Verification,
    }
}
