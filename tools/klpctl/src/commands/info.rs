// SPDX-License-Identifier: GPL-2.0

//! `klpctl info`: what is in a livepatch.

use crate::{
    date::Date,
    exit::Exit,
    patch::{
        self, Form, Function, Object, Parameter, Patch, Replacement, Signature, State, Status,
        Symbol,
    },
    show, verify,
};
use anyhow::Result;
use serde::Serialize;

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
        let width = show::width();
        let texts: Vec<_> = patches.iter().map(|patch| text(patch, width)).collect();
        show::print(&texts.join("\n"))?;
    }
    Ok(Exit::Ok)
}

/// A line is `key value`, wrapped below the value.
fn text(patch: &Patch, width: usize) -> String {
    const KEY: usize = 17;
    let mut text = String::new();
    for (key, value) in lines(patch) {
        let room = width.saturating_sub(KEY);
        for (i, line) in show::wrapped(&show::clean(&value), room).iter().enumerate() {
            let key = if i == 0 { key } else { "" };
            text += &format!("{key:<KEY$}{line}\n");
        }
    }
    text
}

fn lines(patch: &Patch) -> Vec<(&'static str, String)> {
    let mut lines = about(patch);
    lines.extend(patch.unfinished.iter().map(|place| {
        let value = format!("{place}: klp::unfinished! stands for a replacement");
        ("unfinished", value)
    }));
    lines.extend(
        patch
            .parameters
            .iter()
            .map(|of| ("parameter", parameter(of))),
    );
    for object in &patch.objects {
        if object.functions.is_empty() {
            lines.push(("object", format!("{}, no functions", object.name)));
        }
        lines.extend(callbacks(object).map(|value| ("callbacks", value)));
    }
    lines.extend(patch.made_for.iter().map(|of| {
        let value = format!("{} of the build {}", of.module, of.build_id);
        ("made for", value)
    }));
    for (object, of) in patch.functions() {
        lines.push(("function", format!("{object}:{}", function(of))));
    }
    lines.extend(callers(patch).map(|text| ("callers", text)));
    match &patch.states {
        Some(states) => lines.extend(states.iter().map(|of| ("state", state(of)))),
        None => lines.push((
            "states",
            "not known: it is loaded and does not say".to_owned(),
        )),
    }
    lines.extend(
        patch
            .shadows
            .iter()
            .map(|id| ("shadow variable", id.to_string())),
    );
    lines.extend(patch.symbols.iter().map(|of| ("symbol", symbol(of))));
    lines
}

fn about(patch: &Patch) -> Vec<(&'static str, String)> {
    let authors = Some(patch.authors.join(", ")).filter(|authors| !authors.is_empty());
    let depends = Some(patch.depends.join(", ")).filter(|depends| !depends.is_empty());
    let about = &patch.about;
    let fixes = Some(about.fixes.join(", ")).filter(|fixes| !fixes.is_empty());
    let unmarked = (!patch.marked).then(|| "its .modinfo has no livepatch=Y".to_owned());
    let known = [
        ("name", Some(patch.name.clone())),
        ("version", about.version.clone()),
        ("fixes", fixes),
        ("expires", about.expires.map(expires)),
        ("description", patch.description.clone()),
        ("licence", patch.license.clone()),
        ("authors", authors),
        ("read from", Some(patch.source.to_string())),
        ("status", patch.status.map(status)),
        ("replaces others", Some(patch.replace.to_string())),
        (
            "is kept",
            patch
                .kept
                .then(|| "yes: its module cannot be removed".to_owned()),
        ),
        ("vermagic", patch.vermagic.clone()),
        ("build id", patch.build_id.clone()),
        ("srcversion", patch.srcversion.clone()),
        ("signature", patch.signature.as_ref().map(signature)),
        ("taints", patch.taint.as_deref().map(taint)),
        ("depends on", depends),
        ("not marked", unmarked),
    ];
    known
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect()
}

fn expires(date: Date) -> String {
    let over = ["", ", which is over"][usize::from(date < Date::today())];
    format!("{date}{over}")
}

fn status(status: Status) -> String {
    let enabled = ["disabled", "enabled"][usize::from(status.enabled)];
    let transition = ["", ", in transition"][usize::from(status.transition)];
    format!("{enabled}{transition}")
}

fn signature(signature: &Signature) -> String {
    match signature {
        Signature::None => "none".to_owned(),
        Signature::By(signer) => format!("by {signer}"),
        Signature::Other => "of a form that the kernel does not read (not PKCS#7)".to_owned(),
        Signature::Damaged(why) => format!("damaged, no kernel loads it: {why}"),
    }
}

/// What the letters mean, which a module may have.
///
/// C source: `kernel/panic.c` (`taint_flags`)
fn taint(letters: &str) -> String {
    const KNOWN: [(char, &str); 7] = [
        ('P', "proprietary"),
        ('F', "loaded by force"),
        ('C', "staging"),
        ('O', "out of tree"),
        ('E', "unsigned"),
        ('K', "livepatch"),
        ('N', "test"),
    ];
    let known = KNOWN.iter().filter(|(letter, _)| letters.contains(*letter));
    let words: Vec<_> = known.map(|(_, word)| *word).collect();
    match words.is_empty() {
        true => letters.to_owned(),
        false => format!("{letters} ({})", words.join(", ")),
    }
}

/// A parameter, with what is said of it.
pub fn parameter(parameter: &Parameter) -> String {
    let of = parameter.of.as_deref().unwrap_or("type not known");
    match &parameter.description {
        Some(description) => format!("{} ({of}): {description}", parameter.name),
        None => format!("{} ({of})", parameter.name),
    }
}

fn callbacks(object: &Object) -> Option<String> {
    let hooks = object.callbacks.join(", ");
    (!hooks.is_empty()).then(|| format!("{}: {hooks}", object.name))
}

fn function(function: &Function) -> String {
    let prototype = function.prototype.as_deref().unwrap_or_default();
    let replacement = function.replacement.as_ref();
    let replacement = replacement.map(|by| format!(" => {}", replaced_by(by, function.form)));
    let original = ["", ", may call the original"][usize::from(function.calls_original)];
    format!(
        "{function}{prototype}{}{original}",
        replacement.unwrap_or_default()
    )
}

/// Those that rely on what the compiler saw of what is replaced.
fn callers(patch: &Patch) -> impl Iterator<Item = String> + '_ {
    let known = patch.functions().filter_map(|(object, function)| {
        let callers = function.relying.as_ref().filter(|all| !all.is_empty())?;
        let callers = callers.join(", ");
        Some(format!("{object}:{function} is relied on by {callers}"))
    });
    let unknown = verify::are_callers_unknown(patch).then(|| {
        "which rely on what is replaced is not known; klpctl build finds it out".to_owned()
    });
    known.chain(unknown)
}

fn replaced_by(by: &Replacement, form: Option<Form>) -> String {
    let form = match form {
        Some(Form::Rust) => ", Rust",
        Some(Form::C) => ", C",
        None => "",
    };
    match by.body {
        Some(body) => format!(
            "{}{form}, {} bytes (and {} of its trampoline)",
            by.name, body.size, by.size
        ),
        None => format!("{}{form}, {} bytes", by.name, by.size),
    }
}

/// A state, with what is said of its data.
pub fn state(state: &State) -> String {
    let data = &state.data;
    let size = data.size.map(|size| format!("{size} bytes"));
    let since = data.layout_since;
    let since = since.map(|since| format!("of this layout since version {since}"));
    let migrates = data.migrates.map(|migrates| match migrates {
        true => "migrates older ones".to_owned(),
        false => "migrates none".to_owned(),
    });
    let name = data.name.as_ref().map(|name| format!("data {name}"));
    let version = Some(format!("{} version {}", state.id, state.version));
    [version, name, size, since, migrates]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

fn symbol(symbol: &Symbol) -> String {
    let form = if symbol.linked {
        ""
    } else {
        ", not linked yet"
    };
    format!("{}:{},{}{form}", symbol.object, symbol.name, symbol.sympos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        elf::Place,
        patch::{About, Body, Key, Signer, StateData},
    };

    #[test]
    fn all_that_a_patch_has_is_told() {
        let place = Place::default();
        let by = Replacement {
            name: "fix_f".into(),
            size: 24,
            place,
            body: Some(Body { size: 312, place }),
        };
        let f = Function {
            name: "f".into(),
            prototype: Some("(a: *mut bindings::seq_file, b: *mut c_void) -> c_int".into()),
            form: Some(Form::Rust),
            calls_original: true,
            relying: Some(vec!["g".into(), "h,2".into()]),
            replacement: Some(by),
            ..Default::default()
        };
        let data = StateData {
            size: Some(4),
            layout_since: Some(2),
            migrates: Some(true),
            name: Some("Levels".into()),
            ..Default::default()
        };
        let patch = Patch {
            name: "fix".into(),
            about: About {
                version: Some("1.2".into()),
                fixes: vec!["CVE-2026-1234".into(), "bug#7".into()],
                expires: "2020-02-29".parse().ok(),
            },
            description: Some("a\x1b[2J".into()),
            license: Some("GPL".into()),
            authors: vec!["A".into(), "B".into()],
            parameters: vec![Parameter {
                name: "replace".into(),
                of: Some("bool".into()),
                description: None,
            }],
            objects: vec![
                Object {
                    name: "vmlinux".into(),
                    functions: vec![f],
                    callbacks: vec!["pre_patch", "post_unpatch"],
                },
                Object {
                    name: "e1000".into(),
                    ..Default::default()
                },
            ],
            states: Some(vec![State {
                id: 1,
                version: 3,
                data,
            }]),
            unfinished: vec!["fix.rs:7".into()],
            marked: true,
            signature: Some(Signature::By(Signer {
                issuer: Some("Build key".into()),
                key: Key::Serial("7f01".into()),
            })),
            taint: Some("OEK".into()),
            ..Default::default()
        };
        assert_eq!(
            text(&patch, 80),
            "name             fix\n\
             version          1.2\n\
             fixes            CVE-2026-1234, bug#7\n\
             expires          2020-02-29, which is over\n\
             description      a\\u{1b}[2J\n\
             licence          GPL\n\
             authors          A, B\n\
             read from        the module's description of itself\n\
             replaces others  no\n\
             signature        by 'Build key', the certificate with the serial number 7f01\n\
             taints           OEK (out of tree, unsigned, livepatch)\n\
             unfinished       fix.rs:7: klp::unfinished! stands for a replacement\n\
             parameter        replace (bool)\n\
             callbacks        vmlinux: pre_patch, post_unpatch\n\
             object           e1000, no functions\n\
             function         vmlinux:f(a: *mut bindings::seq_file, b: *mut c_void) -> c_int\n\
             \x20                => fix_f, Rust, 312 bytes (and 24 of its trampoline), may call\n\
             \x20                the original\n\
             callers          vmlinux:f is relied on by g, h,2\n\
             state            1 version 3, data Levels, 4 bytes, of this layout since version\n\
             \x20                2, migrates older ones\n"
        );
    }
}
