// SPDX-License-Identifier: GPL-2.0

//! `klpctl diff`: what one patch has that another has not.

use crate::{
    bytes,
    cli::Strictness,
    elf::Elf,
    exit::Exit,
    fingerprint::{Fingerprint, Fingerprints},
    patch::{self, Form, Function, Patch, Replacement},
    show,
    types::{self, Comparison, Prototype, Structs},
    verify::Evidence,
};
use anyhow::{Context, Result};
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
};

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
    /// `None` if nothing is known to change, but something is not known.
    same: Option<bool>,
    changes: Vec<Change>,
    not_known: Vec<String>,
}

/// A patch, and what was compiled of each function that it replaces.
struct Side {
    patch: Patch,
    compiled: BTreeMap<String, Compiled>,
}

#[derive(Clone, Default)]
struct Compiled {
    code: Option<Fingerprint>,
    size: u64,
    form: Option<Form>,
    prototype: Option<Prototype>,
    spelling: Option<String>,
}

/// Shows what changes from `from` to `to`.
pub fn run(from: &str, to: &str, strictness: Strictness, json: bool) -> Result<Exit> {
    let (from, to) = (Side::read(from)?, Side::read(to)?);
    let diff = Diff::between(&from, &to);
    if json {
        show::json(&diff)?;
    } else {
        show::print(&diff.text())?;
    }
    Ok(match diff.same {
        Some(true) => Exit::Ok,
        None if !strictness.strict => Exit::Ok,
        _ => Exit::Refused,
    })
}

impl Side {
    fn read(name: &str) -> Result<Self> {
        if patch::is_name(name) {
            return Ok(Self::of(patch::find(name)?, &|_| Compiled::default()));
        }
        let bytes = bytes::read(Path::new(name))?;
        let elf = Elf::parse(&bytes).with_context(|| name.to_owned())?;
        let patch = patch::read(&elf).with_context(|| name.to_owned())?;
        let fingerprints = Fingerprints::of(&elf, patch::find_patch(&elf));
        let prototypes = Evidence::of(&elf, &patch, HashSet::new());
        Ok(Self::of(patch, &|function| {
            let replacement = function.replacement.as_ref();
            Compiled {
                code: replacement.map(|by| fingerprint(&fingerprints, by)),
                size: replacement.map_or(0, size),
                form: function.form,
                prototype: prototypes
                    .prototype(function)
                    .map(|(prototype, _)| prototype),
                spelling: function.prototype.clone(),
            }
        }))
    }

    fn of(patch: Patch, compiled: &dyn Fn(&Function) -> Compiled) -> Self {
        let compiled = patch
            .functions()
            .map(|(object, function)| (name(object, function), compiled(function)))
            .collect();
        Self { patch, compiled }
    }
}

fn fingerprint(fingerprints: &Fingerprints<'_, '_>, by: &Replacement) -> Fingerprint {
    fingerprints.get(by.place, by.body.map(|body| body.place))
}

fn size(by: &Replacement) -> u64 {
    by.body.map_or(by.size, |body| body.size)
}

/// A function by its name, where positions 0 and 1 are the same.
fn name(object: &str, function: &Function) -> String {
    match function.position() {
        1 => format!("{object}:{}", function.name),
        position => format!("{object}:{},{position}", function.name),
    }
}

impl<'a> Diff<'a> {
    fn between(from: &'a Side, to: &'a Side) -> Self {
        let mut changes = Vec::new();
        let mut not_known = Vec::new();
        for (what, of) in FACTS {
            changes.extend(compare(what, of(&from.patch), of(&to.patch)));
        }
        for (name, old) in &from.compiled {
            if let Some(new) = to.compiled.get(name) {
                changes.extend(prototype(name, old, new));
                changes.extend(form(name, old, new));
                match code(name, old, new) {
                    Some(change) => changes.extend(change),
                    None => not_known.push(format!("the code of {name}")),
                }
            }
        }
        let same = match (changes.is_empty(), not_known.is_empty()) {
            (false, _) => Some(false),
            (true, true) => Some(true),
            (true, false) => None,
        };
        Self {
            from: &from.patch.name,
            to: &to.patch.name,
            same,
            changes,
            not_known,
        }
    }

    fn text(&self) -> String {
        let mut text = match self.changes.as_slice() {
            [] if self.same == Some(true) => "no difference\n".to_owned(),
            [] => "no difference in what is known\n".to_owned(),
            changes => show::table(&["", "what", "from", "to"], 2, changes.iter().map(row)),
        };
        if !self.not_known.is_empty() {
            let sentence = format!(
                "Not known, and no yes: {}. Of a patch that is loaded the code cannot be read: \
                give both patches' files.",
                self.not_known.join(", ")
            );
            text += &format!("\n{}\n", show::wrapped(&sentence, show::width()).join("\n"));
        }
        text
    }
}

fn row(change: &Change) -> Vec<String> {
    let sign = match (&change.from, &change.to) {
        (None, _) => "added",
        (_, None) => "dropped",
        _ => "changed",
    };
    let value = |value: &Option<String>| value.clone().unwrap_or_default();
    let what = format!("{} {}", change.what, change.name);
    vec![
        sign.to_owned(),
        what.trim_end().to_owned(),
        value(&change.from),
        value(&change.to),
    ]
}

/// A change of the prototype to a caller; how it is spelt does not matter.
fn prototype(name: &str, old: &Compiled, new: &Compiled) -> Option<Change> {
    let same = match (&old.prototype, &new.prototype) {
        _ if old.spelling.is_some() && old.spelling == new.spelling => true,
        (Some(old), Some(new)) => {
            let (old, new) = (old.by_name(), new.by_name());
            types::compare(&old, &new, &Structs::default()) == Comparison::Same
        }
        _ => true,
    };
    let spelt = |of: &Compiled| {
        let prototype = of.prototype.as_ref().map(ToString::to_string);
        of.spelling.clone().or(prototype)
    };
    (!same).then(|| Change {
        what: "prototype",
        name: name.to_owned(),
        from: spelt(old),
        to: spelt(new),
    })
}

/// A change of the language, where both say it.
fn form(name: &str, old: &Compiled, new: &Compiled) -> Option<Change> {
    let (before, after) = (old.form?, new.form?);
    (before != after).then(|| Change {
        what: "written in",
        name: name.to_owned(),
        from: Some(format!("{before:?}")),
        to: Some(format!("{after:?}")),
    })
}

/// A change of the code; `None` if one of both is not known.
fn code(name: &str, old: &Compiled, new: &Compiled) -> Option<Option<Change>> {
    let (before, after) = (old.code?, new.code?);
    let what = if before.own != after.own {
        "the replacement itself"
    } else {
        "what it calls or reads in the module"
    };
    Some((before != after).then(|| Change {
        what: "code",
        name: name.to_owned(),
        from: Some(format!("{} bytes", old.size)),
        to: Some(format!("{} bytes, {what}", new.size)),
    }))
}

/// What a patch has of something, by name.
type Facts = fn(&Patch) -> BTreeMap<String, String>;

const FACTS: [(&str, Facts); 11] = [
    ("function", functions),
    ("callbacks", callbacks),
    ("state", states),
    ("shadow variable", |patch| {
        let ids = patch.shadows.iter();
        ids.map(|id| (id.to_string(), "present".to_owned()))
            .collect()
    }),
    ("symbol", symbols),
    ("parameter", parameters),
    ("unfinished", |patch| {
        let places = patch.unfinished.iter();
        places
            .map(|place| (place.clone(), "present".to_owned()))
            .collect()
    }),
    ("replaces others", |patch| {
        one(Some(&patch.replace.to_string()))
    }),
    ("description", |patch| one(patch.description.as_deref())),
    ("licence", |patch| one(patch.license.as_deref())),
    ("vermagic", |patch| one(patch.vermagic.as_deref())),
];

fn one(value: Option<&str>) -> BTreeMap<String, String> {
    let value = value.map(|value| (String::new(), value.trim_end().to_owned()));
    value.into_iter().collect()
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
    let functions = patch.functions();
    functions
        .map(|(object, function)| (name(object, function), "present".to_owned()))
        .collect()
}

fn callbacks(patch: &Patch) -> BTreeMap<String, String> {
    let objects = patch.objects.iter();
    objects
        .filter(|object| !object.callbacks.is_empty())
        .map(|object| (object.name.clone(), object.callbacks.join(", ")))
        .collect()
}

fn states(patch: &Patch) -> BTreeMap<String, String> {
    let states = patch.states.iter().flatten();
    let describe = |state: &patch::State| super::info::state(state);
    states
        .map(|state| (state.id.to_string(), describe(state)))
        .collect()
}

fn symbols(patch: &Patch) -> BTreeMap<String, String> {
    let symbols = patch.symbols.iter();
    let name = |symbol: &patch::Symbol| format!("{}:{}", symbol.object, symbol.name);
    symbols
        .map(|symbol| (name(symbol), format!("position {}", symbol.sympos)))
        .collect()
}

fn parameters(patch: &Patch) -> BTreeMap<String, String> {
    let parameters = patch.parameters.iter();
    parameters
        .map(|of| (of.name.clone(), super::info::parameter(of)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::{Object, State};

    fn side(functions: &[(&str, u64, Option<&str>)], states: &[(u64, u32)]) -> Side {
        let functions = functions.iter().map(|&(name, sympos, prototype)| Function {
            name: name.into(),
            sympos,
            prototype: prototype.map(Into::into),
            ..Default::default()
        });
        let states = states.iter().map(|&(id, version)| State {
            id,
            version,
            ..Default::default()
        });
        let patch = Patch {
            objects: vec![Object {
                name: "vmlinux".into(),
                functions: functions.collect(),
                callbacks: Vec::new(),
            }],
            states: Some(states.collect()),
            ..Default::default()
        };
        Side::of(patch, &|function| Compiled {
            code: Some(Fingerprint { own: 1, whole: 1 }),
            prototype: function.prototype.as_deref().and_then(types::parse_rust),
            spelling: function.prototype.clone(),
            size: 8,
            form: function.form,
        })
    }

    fn signs(from: &Side, to: &Side) -> Vec<String> {
        let changes = Diff::between(from, to).changes;
        changes
            .iter()
            .map(|change| row(change)[..2].join(" "))
            .collect()
    }

    #[test]
    fn what_was_added_dropped_and_changed_is_told_apart() {
        let from = side(&[("f", 0, Some("()")), ("g", 2, None)], &[(1, 1), (2, 1)]);
        let to = side(
            &[("f", 1, Some("(x: u8)")), ("h", 0, None)],
            &[(1, 2), (3, 1)],
        );
        assert_eq!(
            signs(&from, &to),
            [
                "dropped function vmlinux:g,2",
                "added function vmlinux:h",
                "changed state 1",
                "dropped state 2",
                "added state 3",
                "changed prototype vmlinux:f",
            ]
        );
    }

    #[test]
    fn positions_0_and_1_are_the_same() {
        let changes = signs(&side(&[("f", 0, None)], &[]), &side(&[("f", 1, None)], &[]));
        assert!(changes.is_empty(), "{changes:?}");
    }

    #[test]
    fn a_prototypes_spelling_is_no_change() {
        let rust = side(&[("f", 0, Some("(m: &bindings::seq_file, n: c_int)"))], &[]);
        let mut c = side(
            &[("f", 0, Some("(m: *mut bindings::seq_file, x: i32)"))],
            &[],
        );
        assert!(signs(&rust, &c).is_empty());
        c.compiled.values_mut().for_each(|c| c.spelling = None);
        assert!(signs(&rust, &c).is_empty());
    }

    #[test]
    fn other_code_is_a_change_and_where_it_changed_is_told() {
        let from = side(&[("f", 0, None)], &[]);
        for (own, whole, where_it_is) in [(2, 2, "itself"), (1, 2, "calls")] {
            let mut to = side(&[("f", 0, None)], &[]);
            let code = Some(Fingerprint { own, whole });
            to.compiled.values_mut().for_each(|of| of.code = code);
            let diff = Diff::between(&from, &to);
            assert_eq!(diff.same, Some(false));
            assert_eq!(diff.changes[0].what, "code");
            assert!(diff.changes[0].to.as_ref().unwrap().contains(where_it_is));
        }
    }

    #[test]
    fn code_that_is_not_known_is_no_yes() {
        let from = side(&[("f", 0, None)], &[]);
        let mut to = side(&[("f", 0, None)], &[]);
        to.compiled.values_mut().for_each(|of| of.code = None);
        let diff = Diff::between(&from, &to);
        assert_eq!(diff.same, None);
        assert!(
            diff.text().contains("the code of vmlinux:f"),
            "{}",
            diff.text()
        );
    }
}
