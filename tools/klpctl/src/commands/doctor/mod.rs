// SPDX-License-Identifier: GPL-2.0

//! `klpctl doctor`: what this machine lacks for building livepatches, and for loading them.

mod building;
mod loading;

use crate::{cli::Purpose, exit::Exit, show};
use anyhow::Result;
use serde::Serialize;
use std::{
    io::{Error, ErrorKind},
    path::Path,
};

#[derive(Serialize)]
struct Diagnosis {
    checks: Vec<Check>,
}

#[derive(Serialize)]
struct Check {
    #[serde(rename = "for")]
    purpose: Purpose,
    what: String,
    ok: bool,
    found: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    remedy: &'static str,
    /// What this decides.
    #[serde(skip)]
    weight: Weight,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// The machine lacks it.
    Machine,
    /// This user lacks the permission.
    User,
    /// Nothing: it is a matter of the patch.
    Note,
}

/// Why something is not as it should be.
enum Lack {
    Missing(String),
    Denied(String),
}

impl From<String> for Lack {
    fn from(why: String) -> Self {
        Self::Missing(why)
    }
}

impl Lack {
    fn of(file: &str, error: &Error) -> Self {
        let why = format!("/{file}: {error}");
        match error.kind() {
            ErrorKind::PermissionDenied => Self::Denied(why),
            _ => Self::Missing(why),
        }
    }
}

/// Shows every precondition. Those of the purpose decide on the exit code: a machine that builds need not be one that
/// is patched.
pub fn run(purpose: Purpose, json: bool) -> Result<Exit> {
    let mut checks = building::checks();
    checks.extend(loading::checks(Path::new("/")));
    let exit = exit(&checks, purpose);
    if json {
        show::json(Diagnosis { checks })?;
    } else {
        show::print(&show::table(
            &["", "for", "what", "found", "remedy"],
            3,
            checks.iter().map(row),
        ))?;
    }
    Ok(exit)
}

/// Only if nothing but permissions is missing, another user could do it.
fn exit(checks: &[Check], purpose: Purpose) -> Exit {
    let mut lacking = checks
        .iter()
        .filter(|check| check.purpose == purpose && !check.ok && check.weight != Weight::Note)
        .peekable();
    if lacking.peek().is_none() {
        return Exit::Ok;
    }
    match lacking.all(|check| check.weight == Weight::User) {
        true => Exit::NotPermitted,
        false => Exit::Refused,
    }
}

fn row(check: &Check) -> Vec<String> {
    let status = match (check.ok, check.weight) {
        (true, _) => "ok",
        (false, Weight::Note) => "note",
        (false, _) => "MISSING",
    };
    let purpose = match check.purpose {
        Purpose::Building => "building",
        Purpose::Loading => "loading",
    };
    [status, purpose, &check.what, &check.found, check.remedy]
        .map(str::to_owned)
        .into()
}

fn check(purpose: Purpose, what: &str, found: Result<String, Lack>, remedy: &'static str) -> Check {
    let (ok, weight, found) = match found {
        Ok(found) => (true, Weight::Machine, found),
        Err(Lack::Missing(why)) => (false, Weight::Machine, why),
        Err(Lack::Denied(why)) => (false, Weight::User, why),
    };
    Check {
        purpose,
        what: what.to_owned(),
        ok,
        found,
        remedy: if ok { "" } else { remedy },
        weight,
    }
}

/// A check that decides nothing.
fn note(what: &str, found: Result<String, Lack>, remedy: &'static str) -> Check {
    Check {
        weight: Weight::Note,
        ..check(Purpose::Loading, what, found, remedy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_purpose_and_not_notes_decide_on_the_exit() {
        let denied = || Err(Lack::Denied("no".into()));
        let missing = || Err(Lack::Missing("no".into()));
        let loading = |found| check(Purpose::Loading, "x", found, "y");
        let building = check(Purpose::Building, "x", missing(), "y");
        let noted = note("x", missing(), "y");
        let mut checks = vec![building, noted];
        assert_eq!(exit(&checks, Purpose::Building), Exit::Refused);
        assert_eq!(exit(&checks, Purpose::Loading), Exit::Ok);
        checks.push(loading(denied()));
        assert_eq!(exit(&checks, Purpose::Loading), Exit::NotPermitted);
        checks.push(loading(missing()));
        assert_eq!(exit(&checks, Purpose::Loading), Exit::Refused);
    }
}
