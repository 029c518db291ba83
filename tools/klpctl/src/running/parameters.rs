// SPDX-License-Identifier: GPL-2.0

//! What is given to the kernel beside a module.
//!
//! C source: `kernel/params.c`

use super::obstacle::{Obstacle, Reason};
use crate::{near, patch::Patch};
use std::ffi::CString;

/// Parameters as the kernel splits them. It takes no notice of one that a module does not have.
pub fn parameters(patch: &Patch, given: &[String]) -> Result<CString, Obstacle> {
    let refused = |why: String, help: &str| {
        Obstacle::new(Reason::BadParameter, format!("{}: {why}", patch.name)).help(help)
    };
    let mut all = Vec::new();
    for one in given {
        let Some((name, value)) = one.split_once('=') else {
            return Err(refused(
                format!("'{one}' is no parameter with its value"),
                "write PARAMETER=VALUE",
            ));
        };
        let known = || patch.parameters.iter().map(|known| known.name.as_str());
        // The kernel's parse_args() takes one for the other.
        if !known().any(|known| known.replace('-', "_") == name.replace('-', "_")) {
            let hint = near::in_parentheses(near::did_you_mean(name, known()));
            return Err(refused(
                format!("it has no parameter '{name}'{hint}"),
                "'klpctl info' shows those that it has",
            ));
        }
        if value.contains(['"', '\n', '\0']) {
            return Err(refused(
                format!("the kernel can be given no such value for '{name}'"),
                "a value has no quotes and no new lines",
            ));
        }
        all.push(match value.contains(char::is_whitespace) {
            true => format!("{name}=\"{value}\""),
            false => one.clone(),
        });
    }
    CString::new(all.join(" ")).map_err(|_| {
        refused(
            "a parameter has a zero byte in it".to_owned(),
            "leave it out",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::Parameter;

    #[test]
    fn parameters_are_those_of_the_module_and_given_as_the_kernel_splits_them() {
        let mut patch = Patch {
            name: "fix".into(),
            ..Patch::default()
        };
        for name in ["level", "dry_run"] {
            patch.parameters.push(Parameter {
                name: name.into(),
                of: None,
                description: None,
            });
        }
        let given = |words: &[&str]| {
            let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
            parameters(&patch, &words).map_err(|obstacle| obstacle.message)
        };
        assert_eq!(given(&[]).unwrap(), c"".to_owned());
        assert_eq!(
            given(&["level=7", "dry-run=a b"]).unwrap(),
            c"level=7 dry-run=\"a b\"".to_owned()
        );
        for (word, says) in [
            ("level", "fix: 'level' is no parameter with its value"),
            ("=7", "fix: it has no parameter ''"),
            (
                "leve=7",
                "fix: it has no parameter 'leve' (did you mean 'level'?)",
            ),
            (
                "level=\"7",
                "fix: the kernel can be given no such value for 'level'",
            ),
            (
                "level=7\nx",
                "fix: the kernel can be given no such value for 'level'",
            ),
        ] {
            assert_eq!(given(&[word]).unwrap_err(), says);
        }
    }
}
