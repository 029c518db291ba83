// SPDX-License-Identifier: GPL-2.0

//! Whether the callers of what is replaced see the replacement: not those that were compiled with a copy of the original in
//! them, or knowing what it returns. `klpctl build` has found them out, and says so in the module.

use super::{Finding, Status};
use crate::{
    near,
    patch::{Function, Object, Patch, Source},
    relies,
};

/// Checks each function of which that is known.
pub fn check(patch: &Patch) -> Vec<Finding> {
    let mut findings = Vec::new();
    for object in &patch.objects {
        for function in &object.functions {
            let Some(relying) = &function.relying else {
                continue;
            };
            let (status, message) = judge(relying, object);
            let subject = format!("{}:{function}", object.name);
            findings.push(Finding::new("callers", subject, status, message));
        }
    }
    findings
}

/// Whether the callers of some function were not looked for, in what could say it.
pub fn are_unknown(patch: &Patch) -> bool {
    let mut functions = patch.functions();
    patch.source == Source::Description && functions.any(|(_, function)| function.relying.is_none())
}

fn judge(relying: &[String], object: &Object) -> (Status, String) {
    let (replaced, others): (Vec<_>, Vec<_>) = relying
        .iter()
        .map(String::as_str)
        .partition(|caller| is_replaced(caller, object));
    match (replaced.as_slice(), others.as_slice()) {
        ([], []) => (
            Status::Ok,
            "no caller has a copy of it, or relies on it".to_owned(),
        ),
        (all, []) => (
            Status::Ok,
            format!(
                "{} relied on it, and {} replaced too",
                near::list(all, "and"),
                ["is", "are"][usize::from(all.len() != 1)]
            ),
        ),
        (_, all) => (Status::Failed, relies::advice(all)),
    }
}

fn is_replaced(caller: &str, object: &Object) -> bool {
    let qualified = format!("{}:{caller}", object.name);
    let Some((_, caller)) = Function::parse(&qualified) else {
        return false;
    };
    object.functions.iter().any(|function| function.is(&caller))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(functions: &[(&str, u64, Option<&[&str]>)]) -> Patch {
        let functions = functions.iter().map(|(name, sympos, relying)| Function {
            name: (*name).into(),
            sympos: *sympos,
            relying: relying.map(|all| all.iter().map(|&name| name.to_owned()).collect()),
            ..Default::default()
        });
        let object = Object {
            name: "vmlinux".into(),
            functions: functions.collect(),
            ..Default::default()
        };
        Patch {
            objects: vec![object],
            ..Default::default()
        }
    }

    fn said(patch: &Patch) -> Vec<(Status, String)> {
        let findings = check(patch).into_iter();
        findings.map(|one| (one.status, one.message)).collect()
    }

    #[test]
    fn who_relies_on_the_original_has_to_be_replaced_too() {
        let alone = said(&patch(&[
            ("f", 0, Some(&["g", "h,2"])),
            ("i", 0, Some(&[])),
        ]));
        assert_eq!(alone[0].0, Status::Failed);
        assert!(
            alone[0].1.starts_with("'g' and 'h,2' were compiled"),
            "{alone:?}"
        );
        assert!(alone[0].1.ends_with("replace them too"), "{alone:?}");
        assert_eq!(alone[1].0, Status::Ok);
        let other = said(&patch(&[
            ("f", 0, Some(&["g", "h,2"])),
            ("g", 1, None),
            ("h", 0, None),
        ]));
        assert_eq!(other.len(), 1);
        assert!(other[0].1.starts_with("'h,2' was compiled"), "{other:?}");
        let all = said(&patch(&[
            ("f", 0, Some(&["g", "h,2"])),
            ("g", 1, None),
            ("h", 2, None),
        ]));
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].0, Status::Ok);
        assert!(all[0].1.ends_with("and are replaced too"), "{all:?}");
    }

    #[test]
    fn what_was_not_found_out_is_not_judged() {
        let patch = patch(&[("f", 0, None)]);
        assert!(check(&patch).is_empty() && are_unknown(&patch));
    }
}
