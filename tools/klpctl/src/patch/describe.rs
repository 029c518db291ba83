// SPDX-License-Identifier: GPL-2.0

//! What a module says of its patch: the strings that the macro `livepatch!` writes, in the file's
//! `.modinfo` and in a note that the kernel shows for a loaded module.

use super::{
    fault_in_fix, fault_in_version, About, Error, Form, Function, ModuleBuild, Patch, Replace,
    State, StateData,
};
use crate::elf::{values, Note};
use std::collections::HashMap;

/// The section with the notes.
pub const NOTE: &str = ".note.klp-rs";
/// The newest form of the description that is known here. What is new and may be ignored does not
/// raise it.
pub const VERSION: u32 = 1;

/// Whether the description is of a form that is known.
pub fn check_versions<'a>(mut notes: impl Iterator<Item = Note<'a>>) -> Result<(), Error> {
    match notes.find(|note| note.version > VERSION) {
        Some(note) => Err(Error::Newer(note.version)),
        None => Ok(()),
    }
}

/// Fills in what `strings` say; whether they say what the patch replaces.
pub fn read(strings: &[u8], patch: &mut Patch) -> Result<bool, Error> {
    patch.about = about(strings)?;
    let Some(replace) = values(strings, "klp_replace").next() else {
        return Ok(false);
    };
    patch.replace = match replace {
        "true" => Replace::Yes,
        "false" => Replace::No,
        how => Replace::WhenLoaded(how.to_owned()),
    };
    patch.kept = values(strings, "klp_keep").any(|value| value == "true");
    for (object, function) in lines(strings, "klp_func", Function::parse)? {
        patch.add(object, function);
    }
    let mut functions = Functions::of(patch);
    for (object, function, text) in lines(strings, "klp_proto", prototype)? {
        if let Some(known) = functions.find(object, &function, |known| known.prototype.is_none()) {
            known.prototype = Some(text.to_owned());
        }
    }
    for (object, function) in lines(strings, "klp_of_source", Function::parse)? {
        if let Some(known) = functions.find(object, &function, |_| true) {
            known.is_of_source = true;
        }
    }
    for (object, function, form) in lines(strings, "klp_form", form)? {
        if let Some(known) = functions.find(object, &function, |_| true) {
            known.form = form;
        }
    }
    for (object, function) in lines(strings, "klp_original", Function::parse)? {
        if let Some(known) = functions.find(object, &function, |_| true) {
            known.calls_original = true;
        }
    }
    for (object, function, callers) in lines(strings, "klp_relies", relying)? {
        if let Some(known) = functions.find(object, &function, |_| true) {
            known.relying = Some(callers);
        }
    }
    patch.made_for = lines(strings, "klp_target", target)?;
    patch.states = Some(states(strings)?);
    patch.shadows = lines(strings, "klp_shadow", |line| line.parse().ok())?;
    patch.unfinished = values(strings, "klp_unfinished")
        .map(str::to_owned)
        .collect();
    Ok(true)
}

/// What is said of the patch itself, which those may say too that say nothing else.
fn about(strings: &[u8]) -> Result<About, Error> {
    let word = |word: &str, fault: Option<_>| fault.is_none().then(|| word.to_owned());
    let version = lines(strings, "klp_version", |line| {
        word(line, fault_in_version(line))
    })?;
    let expires = lines(strings, "klp_expires", |line| line.parse().ok())?;
    Ok(About {
        version: version.into_iter().next(),
        fixes: lines(strings, "klp_fixes", |line| word(line, fault_in_fix(line)))?,
        expires: expires.into_iter().next(),
    })
}

/// What each line of a key says.
fn lines<'a, T>(
    strings: &'a [u8],
    key: &'static str,
    parse: impl Fn(&'a str) -> Option<T>,
) -> Result<Vec<T>, Error> {
    values(strings, key)
        .map(|line| parse(line).ok_or_else(|| Error::Description(format!("{key}={line}"))))
        .collect()
}

/// The functions of a patch by object and name.
struct Functions<'p>(HashMap<(String, String), Vec<&'p mut Function>>);

impl<'p> Functions<'p> {
    fn of(patch: &'p mut Patch) -> Self {
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for object in &mut patch.objects {
            for function in &mut object.functions {
                found
                    .entry((object.name.clone(), function.name.clone()))
                    .or_default()
                    .push(function);
            }
        }
        Self(found)
    }

    /// The function that a line is about; older lines about prototypes lack the position.
    fn find(
        &mut self,
        object: &str,
        about: &Function,
        fits: impl Fn(&Function) -> bool,
    ) -> Option<&mut Function> {
        let named = self.0.get_mut(&(object.to_owned(), about.name.clone()))?;
        let is_meant = |known: &Function| about.sympos == 0 || known.is(about);
        let known = named
            .iter_mut()
            .find(|known| is_meant(known) && fits(known))?;
        Some(known)
    }
}

/// `object:function(arguments) -> result`
fn prototype(line: &str) -> Option<(&str, Function, &str)> {
    let (about, text) = line.split_at(line.find('(')?);
    let (object, function) = Function::parse(about)?;
    Some((object, function, text))
}

/// `object:function=form`
fn form(line: &str) -> Option<(&str, Function, Option<Form>)> {
    let (about, form) = line.rsplit_once('=')?;
    let (object, function) = Function::parse(about)?;
    let form = match form {
        "rust" => Some(Form::Rust),
        "c" => Some(Form::C),
        _ => None,
    };
    Some((object, function, form))
}

/// `object:function=caller caller`, or `object:function=none`
fn relying(line: &str) -> Option<(&str, Function, Vec<String>)> {
    let (about, callers) = line.rsplit_once('=')?;
    let (object, function) = Function::parse(about)?;
    let callers = match callers {
        "none" => Vec::new(),
        "" => return None,
        names => names.split(' ').map(str::to_owned).collect(),
    };
    Some((object, function, callers))
}

/// `module=build id`
fn target(line: &str) -> Option<ModuleBuild> {
    let (module, build_id) = line.split_once('=')?;
    Some(ModuleBuild {
        module: module.to_owned(),
        build_id: build_id.to_owned(),
    })
}

/// Says which build of a module a patch was made for, as [`read`] reads it.
pub fn target_line(target: &ModuleBuild) -> String {
    format!("klp_target={}={}", target.module, target.build_id)
}

/// Says that a function's prototype is known from the source, as [`read`] reads it.
pub fn of_source_line(object: &str, function: &Function) -> String {
    format!("klp_of_source={object}:{function}")
}

/// Says which callers rely on a function, as [`read`] reads it.
pub fn relying_line(object: &str, function: &Function, callers: &[String]) -> String {
    let callers = match callers {
        [] => "none".to_owned(),
        names => names.join(" "),
    };
    format!("klp_relies={object}:{function}={callers}")
}

fn states(strings: &[u8]) -> Result<Vec<State>, Error> {
    let mut states = lines(strings, "klp_state", state)?;
    for (id, data) in lines(strings, "klp_data", state_data)? {
        for state in states.iter_mut().filter(|state| state.id == id) {
            state.data = data.clone();
        }
    }
    Ok(states)
}

/// `id:version`
fn state(line: &str) -> Option<State> {
    let (id, version) = line.split_once(':')?;
    Some(State {
        id: id.parse().ok()?,
        version: version.parse().ok()?,
        data: StateData::default(),
    })
}

/// `id:size=…,align=…,layout_since=…,migrates=…,name=…`; the name comes last, since it may have commas.
fn state_data(line: &str) -> Option<(u64, StateData)> {
    let (id, mut rest) = line.split_once(':')?;
    let mut data = StateData::default();
    while !rest.is_empty() {
        if let Some(name) = rest.strip_prefix("name=") {
            data.name = Some(name.to_owned());
            break;
        }
        let (pair, after) = rest.split_once(',').unwrap_or((rest, ""));
        let (key, value) = pair.split_once('=')?;
        match key {
            "size" => data.size = Some(value.parse().ok()?),
            "align" => data.align = Some(value.parse().ok()?),
            "layout_since" => data.layout_since = Some(value.parse().ok()?),
            "migrates" => data.migrates = Some(flag(value)?),
            _ => {}
        }
        rest = after;
    }
    Some((id.parse().ok()?, data))
}

fn flag(value: &str) -> Option<bool> {
    match value {
        "Y" => Some(true),
        "N" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(strings: &[u8]) -> Patch {
        let mut patch = Patch::default();
        assert!(read(strings, &mut patch).unwrap());
        patch
    }

    #[test]
    fn a_description_is_read_in_whole() {
        let patch = parsed(
            b"klp_replace=module_parameters::replace.value()\0klp_func=vmlinux:f\0\
            klp_proto=vmlinux:f(m: &SeqFile) -> c_int\0klp_form=vmlinux:f=rust\0\
            klp_original=vmlinux:f\0klp_func=e1000:g,2\0klp_form=e1000:g,2=c\0klp_func=e1000:h\0\
            klp_relies=vmlinux:f=none\0klp_relies=e1000:g,2=h i,2\0klp_of_source=e1000:g,2\0klp_state=1:2\0klp_shadow=9\0klp_state=7:0\0\
            klp_data=1:size=8,align=4,layout_since=2,migrates=Y,name=Pair<u32, u32>\0\
            klp_unfinished=fix.rs:7\0",
        );
        assert_eq!(
            patch.replace,
            Replace::WhenLoaded("module_parameters::replace.value()".into())
        );
        let functions: Vec<_> = patch
            .functions()
            .map(|(object, function)| {
                let name = format!("{object}:{function}");
                let callers = function.relying.as_ref().map(|all| all.join(" and "));
                assert_eq!(function.is_of_source, function.name == "g");
                (name, function.form, function.calls_original, callers)
            })
            .collect();
        assert_eq!(
            functions,
            [
                ("vmlinux:f".into(), Some(Form::Rust), true, Some("".into())),
                (
                    "e1000:g,2".into(),
                    Some(Form::C),
                    false,
                    Some("h and i,2".into())
                ),
                ("e1000:h".into(), None, false, None)
            ]
        );
        assert_eq!(
            patch.objects[0].functions[0].prototype.as_deref(),
            Some("(m: &SeqFile) -> c_int")
        );
        let states = patch.states.unwrap();
        assert_eq!((states[0].id, states[0].version), (1, 2));
        assert_eq!(
            states[0].data,
            StateData {
                size: Some(8),
                align: Some(4),
                layout_since: Some(2),
                migrates: Some(true),
                name: Some("Pair<u32, u32>".into()),
            }
        );
        assert_eq!((states[1].id, states[1].version), (7, 0));
        assert!(states[1].data.is_unknown());
        assert_eq!(patch.shadows, [9]);
        assert_eq!(patch.unfinished, ["fix.rs:7"]);
    }

    fn has_prototypes(description: &[u8], prototypes: [&str; 2]) {
        let patch = parsed(description);
        let functions = patch.functions();
        let found: Vec<_> = functions
            .filter_map(|(_, function)| function.prototype.as_deref())
            .collect();
        assert_eq!(found, prototypes);
    }

    #[test]
    fn a_prototype_belongs_to_its_position() {
        let description = b"klp_replace=false\0klp_func=m:f,1\0klp_func=m:f,2\0\
            klp_proto=m:f,2(b: u8)\0klp_proto=m:f,1(a: u8)\0";
        has_prototypes(description, ["(a: u8)", "(b: u8)"]);
    }

    #[test]
    fn an_older_description_has_prototypes_in_order() {
        let description = b"klp_replace=false\0klp_func=m:f,1\0klp_proto=m:f(a: u8)\0\
            klp_func=m:f,2\0klp_proto=m:f(b: u8)\0";
        has_prototypes(description, ["(a: u8)", "(b: u8)"]);
    }

    #[test]
    fn what_is_not_known_yet_is_ignored() {
        let patch = parsed(
            b"klp_replace=false\0klp_new=1\0klp_func=m:f\0klp_form=m:f=zig\0klp_state=1:1\0\
            klp_data=1:new=3,size=4\0",
        );
        assert_eq!(patch.objects[0].functions[0].form, None);
        assert_eq!(patch.states.unwrap()[0].data.size, Some(4));
    }

    #[test]
    fn what_is_written_of_callers_is_read_again() {
        for callers in [
            vec![],
            vec!["a".to_owned()],
            vec!["a".to_owned(), "b,2".to_owned()],
        ] {
            let (object, function) = Function::parse("m:f,3").unwrap();
            let line = relying_line(object, &function, &callers);
            let read = relying(line.strip_prefix("klp_relies=").unwrap());
            assert_eq!(read, Some((object, function, callers)));
        }
    }

    #[test]
    fn a_newer_form_is_not_guessed_at() {
        let note = |version| Note {
            version,
            content: b"klp_replace=false\0",
        };
        assert!(check_versions([note(1)].into_iter()).is_ok());
        let error = check_versions([note(1), note(2)].into_iter()).unwrap_err();
        assert!(error.to_string().contains("version 2"), "{error}");
    }

    #[test]
    fn what_it_says_of_itself_is_read_of_any_patch() {
        let mut patch = Patch::default();
        let strings =
            b"klp_fixes=CVE-2026-1234\0klp_version=1.2\0klp_fixes=bug#7\0klp_expires=2027-03-31\0";
        assert!(!read(strings, &mut patch).unwrap());
        assert_eq!(patch.about.fixes, ["CVE-2026-1234", "bug#7"]);
        assert_eq!(patch.about.version.as_deref(), Some("1.2"));
        assert_eq!(patch.about.expires, "2027-03-31".parse().ok());
    }

    #[test]
    fn strings_of_others_are_no_description() {
        assert!(!read(b"livepatch=Y\0name=x\0", &mut Patch::default()).unwrap());
    }

    #[test]
    fn a_broken_line_is_an_error_that_shows_it() {
        for line in [
            "klp_func=vmlinux",
            "klp_func=:f",
            "klp_func=m:f,x",
            "klp_state=1",
            "klp_state=1:-1",
            "klp_shadow=x",
            "klp_proto=m:f",
            "klp_form=m:f",
            "klp_original=m",
            "klp_of_source=m",
            "klp_relies=m:f",
            "klp_relies=m:f=",
            "klp_data=1",
            "klp_data=1:size=x",
            "klp_data=1:migrates=maybe",
            "klp_fixes=",
            "klp_version=a b",
            "klp_expires=2027-02-29",
        ] {
            let strings = format!("klp_replace=false\0{line}\0");
            let error = read(strings.as_bytes(), &mut Patch::default()).unwrap_err();
            assert!(error.to_string().contains(line), "{error}");
        }
    }
}
