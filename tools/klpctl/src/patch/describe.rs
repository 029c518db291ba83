// SPDX-License-Identifier: GPL-2.0

//! What a module says of its patch: the strings that the macro `livepatch!` writes, in the file's
//! `.modinfo` and in a note that the kernel shows for a loaded module.

use super::{Error, Function, Patch, Replace, State};
use crate::elf::values;

/// Fills in what `strings` say; whether they say anything.
pub fn read(strings: &[u8], patch: &mut Patch) -> Result<bool, Error> {
    let Some(replace) = values(strings, "klp_replace").next() else {
        return Ok(false);
    };
    patch.replace = match replace {
        "true" => Replace::Yes,
        "false" => Replace::No,
        how => Replace::WhenLoaded(how.to_owned()),
    };
    for line in values(strings, "klp_func") {
        let (object, function) = Function::parse(line).ok_or_else(|| bad("klp_func", line))?;
        patch.add(object, function);
    }
    for line in values(strings, "klp_proto") {
        let (object, name, prototype) = prototype(line).ok_or_else(|| bad("klp_proto", line))?;
        let objects = patch
            .objects
            .iter_mut()
            .filter(|known| known.name == object);
        let functions = objects.flat_map(|object| &mut object.functions);
        if let Some(function) = functions
            .into_iter()
            .find(|known| known.name == name && known.prototype.is_none())
        {
            function.prototype = Some(prototype.to_owned());
        }
    }
    let states =
        values(strings, "klp_state").map(|line| state(line).ok_or_else(|| bad("klp_state", line)));
    patch.states = Some(states.collect::<Result<_, _>>()?);
    let shadows =
        values(strings, "klp_shadow").map(|line| line.parse().map_err(|_| bad("klp_shadow", line)));
    patch.shadows = shadows.collect::<Result<_, _>>()?;
    Ok(true)
}

fn bad(key: &str, line: &str) -> Error {
    Error::Description(format!("{key}={line}"))
}

/// `object:function(arguments) -> result`
fn prototype(line: &str) -> Option<(&str, &str, &str)> {
    let (object, rest) = line.split_once(':')?;
    let at = rest.find('(')?;
    Some((object, &rest[..at], &rest[at..]))
}

/// `id:version`
fn state(line: &str) -> Option<State> {
    let (id, version) = line.split_once(':')?;
    Some(State {
        id: id.parse().ok()?,
        version: version.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_read_in_whole() {
        let strings = b"klp_replace=module_parameters::replace.value()\0klp_func=vmlinux:f\0\
            klp_proto=vmlinux:f(m: &SeqFile) -> c_int\0\
            klp_func=e1000:g,2\0klp_state=1:2\0klp_shadow=9\0klp_state=7:0\0";
        let mut patch = Patch::default();
        assert!(read(strings, &mut patch).unwrap());
        assert_eq!(
            patch.replace,
            Replace::WhenLoaded("module_parameters::replace.value()".into())
        );
        let functions: Vec<_> = patch
            .functions()
            .map(|(object, function)| format!("{object}:{function}"))
            .collect();
        assert_eq!(functions, ["vmlinux:f", "e1000:g,2"]);
        assert_eq!(
            patch.objects[0].functions[0].prototype.as_deref(),
            Some("(m: &SeqFile) -> c_int")
        );
        assert_eq!(
            patch.states,
            Some(vec![
                State { id: 1, version: 2 },
                State { id: 7, version: 0 }
            ])
        );
        assert_eq!(patch.shadows, [9]);
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
        ] {
            let strings = format!("klp_replace=false\0{line}\0");
            let error = read(strings.as_bytes(), &mut Patch::default()).unwrap_err();
            assert!(error.to_string().contains(line), "{error}");
        }
    }
}
