// SPDX-License-Identifier: GPL-2.0

//! `klpctl fixes`: what is fixed now.

use super::system::answer;
use crate::{
    exit::Exit,
    progress,
    running::{
        fixed::{self, Fix},
        System,
    },
    show::{self, Table},
};
use anstyle::Style;
use anyhow::Result;
use serde::Serialize;

#[derive(Serialize)]
struct Fixes {
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed: Option<bool>,
    fixes: Vec<Fix>,
    not_yet: Vec<Fix>,
}

/// Shows what is fixed, of all or of those that are asked for; those have to be fixed, all of them.
pub fn run(names: &[String], json: bool) -> Result<Exit> {
    answer(json, || tell(names, json))
}

fn tell(names: &[String], json: bool) -> Result<Exit> {
    let all = fixed::fixes(&System::running().patches()?);
    let is_meant = |fix: &Fix| names.is_empty() || names.contains(&fix.fix);
    let (fixes, not_yet): (Vec<_>, Vec<_>) =
        all.into_iter().filter(is_meant).partition(Fix::is_in_force);
    let is_fixed = |name: &String| fixes.iter().any(|fix| fix.fix == *name);
    let exit = match names.iter().all(is_fixed) {
        true => Exit::Ok,
        false => Exit::Refused,
    };
    let fixed = (!names.is_empty()).then_some(exit == Exit::Ok);
    if json {
        show::json(Fixes {
            fixed,
            fixes,
            not_yet,
        })?;
        return Ok(exit);
    }
    show::print(&text(&fixes))?;
    for fix in not_yet {
        progress::say(&show::clean(&format!(
            "{} of '{}' is not in force for all tasks yet: 'klpctl status' shows the transition",
            fix.fix, fix.patch
        )));
    }
    Ok(exit)
}

fn text(fixes: &[Fix]) -> String {
    if fixes.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&["fixed", "by", "version", "expires"], 3);
    for fix in fixes {
        let expires = fix.expires.map_or(String::new(), |date| date.to_string());
        let version = fix.version.clone().unwrap_or_default();
        table.push(
            Style::new(),
            vec![fix.fix.clone(), fix.patch.clone(), version, expires],
        );
    }
    table.text(show::width())
}
