// SPDX-License-Identifier: GPL-2.0

//! `klpctl compat`: would the kernel accept a patch over others.

use crate::{
    date::Date,
    exit::Exit,
    matrix::Matrix,
    patch::{self, Patch},
    rules::{self, Refusal, Verdict, Warning},
    show,
};
use anyhow::{Context, Result};
use serde::Serialize;
use std::path::Path;

#[derive(Serialize)]
struct Compat<'a> {
    patch: &'a str,
    over: Vec<&'a str>,
    accepted: Option<bool>,
    #[serde(flatten)]
    verdict: &'a Verdict,
    warnings: &'a [Warning],
}

/// Judges the last patch over those before it, a single one over those that are loaded.
pub fn one(patches: &[String], json: bool) -> Result<Exit> {
    let root = Path::new("/");
    let (new, before) = patches.split_last().context("no patch was given")?;
    let new = patch::find(new)?;
    let over = match before {
        [] => patch::in_force(root)?,
        names => names
            .iter()
            .map(|name| patch::find(name))
            .collect::<Result<_>>()?,
    };
    let is_running = before.is_empty() || over.iter().any(|patch| patch.status.is_some());
    let verdict = match is_running {
        true => rules::judge_running(&new, &over, &patch::modules(root)?),
        false => rules::judge(&new, &over),
    };
    let over = rules::still_in_force(&over);
    let warnings = rules::warnings(&new, over, Date::today());
    let names: Vec<_> = over.iter().map(|patch| patch.name.as_str()).collect();
    if json {
        show::json(Compat {
            patch: &new.name,
            over: names,
            accepted: verdict.accepted(),
            verdict: &verdict,
            warnings: &warnings,
        })?;
    } else {
        show::print(&text(&new, &names, &verdict, &warnings))?;
    }
    Ok(exit(&verdict))
}

/// Only a pending transition is a refusal that time heals.
fn exit(verdict: &Verdict) -> Exit {
    let pending = |refusal: &Refusal| matches!(refusal, Refusal::Pending { .. });
    match verdict.accepted() {
        Some(true) => Exit::Ok,
        Some(false) if verdict.refusals.iter().all(pending) => Exit::Transition,
        _ => Exit::Refused,
    }
}

fn text(new: &Patch, over: &[&str], verdict: &Verdict, warnings: &[Warning]) -> String {
    let over = if over.is_empty() {
        "no other patch".to_owned()
    } else {
        over.join(", ")
    };
    let answer = match verdict.accepted() {
        Some(true) => "accepted",
        Some(false) => "refused",
        None => "not known",
    };
    let mut text = format!("{} over {over}: {answer}\n", new.name);
    for refusal in &verdict.refusals {
        text += &format!("  {refusal}\n");
    }
    for doubt in &verdict.doubts {
        text += &format!("  {doubt}\n");
    }
    for warning in warnings {
        text += &format!("  warning: {warning}\n");
    }
    text
}

/// Judges every patch over every other; the picture goes to a file.
pub fn matrix(patches: &[String], json: bool, svg: Option<&Path>) -> Result<Exit> {
    let patches = patches
        .iter()
        .map(|name| patch::find(name))
        .collect::<Result<Vec<_>>>()?;
    let matrix = Matrix::new(&patches);
    if let Some(file) = svg {
        std::fs::write(file, matrix.svg())
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    if json {
        show::json(&matrix)?;
    } else {
        show::print(&matrix.text(show::width()))?;
    }
    Ok(Exit::Ok)
}
