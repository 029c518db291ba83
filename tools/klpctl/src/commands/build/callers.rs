// SPDX-License-Identifier: GPL-2.0

//! Which callers rely on what is replaced.

use crate::{
    patch::{self, Patch},
    progress, relies,
    tree::Tree,
};
use std::collections::BTreeMap;

/// What is to be added to a module's description, as far as it can be found out.
pub fn lines(patch: &Patch, tree: Result<&Tree, &anyhow::Error>) -> Vec<String> {
    let is_described = patch.source == patch::Source::Description;
    let unknown = patch
        .functions()
        .filter(|(_, function)| is_described && function.relying.is_none());
    let unknown: Vec<_> = unknown.collect();
    let tree = match tree {
        Ok(tree) => tree,
        Err(_) if unknown.is_empty() => return Vec::new(),
        Err(error) => {
            progress::say(&format!(
                "callers that rely on what is replaced: not known: {error:#}"
            ));
            return Vec::new();
        }
    };
    let mut lines = Vec::new();
    let mut open = BTreeMap::<String, Vec<String>>::new();
    for ((object, function), found) in unknown.iter().zip(relies::find(&unknown, tree)) {
        match found {
            Ok(known) => lines.push(patch::relying_line(object, function, &known.callers)),
            Err(error) => open
                .entry(format!("{error:#}"))
                .or_default()
                .push(format!("{object}:{function}")),
        }
    }
    for (why, functions) in open {
        let others = match functions.len() {
            1 => String::new(),
            count => format!(" and {} others", count - 1),
        };
        progress::say(&format!(
            "callers that rely on {}{others}: not known: {why}",
            functions[0]
        ));
    }
    lines
}
