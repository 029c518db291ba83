// SPDX-License-Identifier: GPL-2.0

//! `klpctl info`: what is in a livepatch.

use crate::{
    exit::Exit,
    patch::{self, Function, Patch},
    show,
};
use anyhow::Result;
use serde::Serialize;
use std::fmt::Write;

#[derive(Serialize)]
struct Info {
    patches: Vec<Patch>,
}

/// Shows each patch.
pub fn run(patches: &[String], json: bool) -> Result<Exit> {
    let patches = patches
        .iter()
        .map(|name| patch::find(name))
        .collect::<Result<Vec<_>>>()?;
    if json {
        show::json(Info { patches })?;
    } else {
        let texts: Vec<_> = patches.iter().map(text).collect();
        show::print(&texts.join("\n"))?;
    }
    Ok(Exit::Ok)
}

fn text(patch: &Patch) -> String {
    let mut lines = vec![
        ("name", patch.name.clone()),
        ("read from", patch.source.to_string()),
    ];
    if let Some(status) = patch.status {
        let enabled = if status.enabled {
            "enabled"
        } else {
            "disabled"
        };
        let transition = if status.transition {
            ", in transition"
        } else {
            ""
        };
        lines.push(("status", format!("{enabled}{transition}")));
    }
    lines.push(("replaces others", patch.replace.to_string()));
    let known = [
        ("vermagic", &patch.vermagic),
        ("build id", &patch.build_id),
        ("srcversion", &patch.srcversion),
    ];
    lines.extend(
        known
            .into_iter()
            .filter_map(|(key, value)| Some((key, value.clone()?))),
    );
    if !patch.depends.is_empty() {
        lines.push(("depends on", patch.depends.join(", ")));
    }
    if !patch.marked {
        lines.push(("not marked", "its .modinfo has no livepatch=Y".to_owned()));
    }
    let mut text = String::new();
    for (key, value) in lines {
        let _ = writeln!(text, "{key:<16} {}", value.trim_end());
    }
    for object in patch
        .objects
        .iter()
        .filter(|object| object.functions.is_empty())
    {
        let _ = writeln!(text, "{:<16} {}, no functions", "object", object.name);
    }
    for (object, function) in patch.functions() {
        let _ = writeln!(text, "{:<16} {object}:{}", "function", describe(function));
    }
    match &patch.states {
        Some(states) => {
            for state in states {
                let _ = writeln!(
                    text,
                    "{:<16} {} version {}",
                    "state", state.id, state.version
                );
            }
        }
        None => {
            let _ = writeln!(
                text,
                "{:<16} not known: it is loaded and does not say",
                "states"
            );
        }
    }
    for id in &patch.shadows {
        let _ = writeln!(text, "{:<16} {id}", "shadow variable");
    }
    for symbol in &patch.symbols {
        let form = if symbol.linked {
            ""
        } else {
            ", not linked yet"
        };
        let _ = writeln!(
            text,
            "{:<16} {}:{},{}{form}",
            "symbol", symbol.object, symbol.name, symbol.sympos
        );
    }
    text
}

fn describe(function: &Function) -> String {
    let prototype = function.prototype.as_deref().unwrap_or_default();
    let replacement = match &function.replacement {
        Some(replacement) => format!(" => {}, {} bytes", replacement.name, replacement.size),
        None => String::new(),
    };
    format!("{function}{prototype}{replacement}")
}
