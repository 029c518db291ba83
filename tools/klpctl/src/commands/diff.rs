// SPDX-License-Identifier: GPL-2.0

//! `klpctl diff`: what one patch has that another has not.

use crate::{
    exit::Exit,
    patch::{self, Patch},
    show,
};
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeMap;

/// A change from the first patch to the second.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Change {
    what: &'static str,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
}

#[derive(Serialize)]
struct Diff<'a> {
    from: &'a str,
    to: &'a str,
    changes: &'a [Change],
}

/// Shows what changes from `from` to `to`.
pub fn run(from: &str, to: &str, json: bool) -> Result<Exit> {
    let (from, to) = (patch::find(from)?, patch::find(to)?);
    let changes = changes(&from, &to);
    if json {
        show::json(Diff {
            from: &from.name,
            to: &to.name,
            changes: &changes,
        })?;
    } else if changes.is_empty() {
        show::print("no difference in functions, states, shadow variables, symbols or what they say of replacing\n")?;
    } else {
        show::print(&show::table(
            &["", "what", "from", "to"],
            2,
            changes.iter().map(row),
        ))?;
    }
    Ok(Exit::Ok)
}

fn row(change: &Change) -> Vec<String> {
    let sign = match (&change.from, &change.to) {
        (None, _) => "added",
        (_, None) => "dropped",
        _ => "changed",
    };
    let value = |value: &Option<String>| value.clone().unwrap_or_default();
    vec![
        sign.to_owned(),
        format!("{} {}", change.what, change.name)
            .trim_end()
            .to_owned(),
        value(&change.from),
        value(&change.to),
    ]
}

/// What a patch has of something, by name.
type Facts = fn(&Patch) -> BTreeMap<String, String>;

fn changes(from: &Patch, to: &Patch) -> Vec<Change> {
    let facts: [(&'static str, Facts); 6] = [
        ("function", functions),
        ("state", states),
        ("shadow variable", |patch| {
            let ids = patch.shadows.iter();
            ids.map(|id| (id.to_string(), "present".to_owned()))
                .collect()
        }),
        ("symbol", symbols),
        ("replaces others", |patch| {
            BTreeMap::from([(String::new(), patch.replace.to_string())])
        }),
        ("vermagic", |patch| {
            patch
                .vermagic
                .iter()
                .map(|value| (String::new(), value.trim_end().to_owned()))
                .collect()
        }),
    ];
    facts
        .into_iter()
        .flat_map(|(what, of)| compare(what, of(from), of(to)))
        .collect()
}

fn compare(
    what: &'static str,
    from: BTreeMap<String, String>,
    mut to: BTreeMap<String, String>,
) -> Vec<Change> {
    let mut changes: Vec<_> = from
        .into_iter()
        .map(|(name, from)| Change {
            what,
            to: to.remove(&name),
            name,
            from: Some(from),
        })
        .filter(|change| change.from != change.to)
        .collect();
    changes.extend(to.into_iter().map(|(name, to)| Change {
        what,
        name,
        from: None,
        to: Some(to),
    }));
    changes
}

fn functions(patch: &Patch) -> BTreeMap<String, String> {
    let describe = |(object, function): (&str, &patch::Function)| {
        let position = if function.position() > 1 {
            format!(",{}", function.sympos)
        } else {
            String::new()
        };
        let prototype = function
            .prototype
            .clone()
            .unwrap_or_else(|| "present".to_owned());
        (format!("{object}:{}{position}", function.name), prototype)
    };
    patch.functions().map(describe).collect()
}

fn states(patch: &Patch) -> BTreeMap<String, String> {
    let states = patch.states.iter().flatten();
    states
        .map(|state| (state.id.to_string(), format!("version {}", state.version)))
        .collect()
}

fn symbols(patch: &Patch) -> BTreeMap<String, String> {
    let symbols = patch.symbols.iter();
    symbols
        .map(|symbol| {
            (
                format!("{}:{}", symbol.object, symbol.name),
                format!("position {}", symbol.sympos),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::{Function, Object, State};

    fn patch(functions: &[(&str, u64, Option<&str>)], states: &[(u64, u32)]) -> Patch {
        let functions = functions.iter().map(|&(name, sympos, prototype)| Function {
            name: name.into(),
            sympos,
            prototype: prototype.map(Into::into),
            form: None,
            replacement: None,
        });
        Patch {
            objects: vec![Object {
                name: "vmlinux".into(),
                functions: functions.collect(),
            }],
            states: Some(
                states
                    .iter()
                    .map(|&(id, version)| State {
                        id,
                        version,
                        ..Default::default()
                    })
                    .collect(),
            ),
            ..Default::default()
        }
    }

    fn signs(from: &Patch, to: &Patch) -> Vec<String> {
        changes(from, to)
            .iter()
            .map(|change| row(change)[..2].join(" "))
            .collect()
    }

    #[test]
    fn what_was_added_dropped_and_changed_is_told_apart() {
        let from = patch(&[("f", 0, Some("()")), ("g", 2, None)], &[(1, 1), (2, 1)]);
        let to = patch(
            &[("f", 1, Some("(x: u8)")), ("h", 0, None)],
            &[(1, 2), (3, 1)],
        );
        assert_eq!(
            signs(&from, &to),
            [
                "changed function vmlinux:f",
                "dropped function vmlinux:g,2",
                "added function vmlinux:h",
                "changed state 1",
                "dropped state 2",
                "added state 3",
            ]
        );
    }

    #[test]
    fn positions_0_and_1_are_the_same() {
        assert!(signs(
            &patch(&[("f", 0, None)], &[]),
            &patch(&[("f", 1, None)], &[])
        )
        .is_empty());
    }
}
