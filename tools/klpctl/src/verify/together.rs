// SPDX-License-Identifier: GPL-2.0

//! What several patches have in common that they should not.

use super::{Finding, Status};
use crate::{
    patch::{Function, Patch, Replace},
    rules,
};

/// Checks a patch against those that are, or will be, in force with it.
pub fn check(patch: &Patch, others: &[Patch]) -> Vec<Finding> {
    let verdict = rules::judge(patch, others);
    let mut findings = Vec::new();
    findings.extend(
        verdict
            .refusals
            .iter()
            .map(|refusal| Finding::new("rules", &patch.name, Status::Failed, refusal.to_string())),
    );
    findings.extend(
        verdict
            .doubts
            .iter()
            .map(|doubt| Finding::new("rules", &patch.name, Status::Unknown, doubt.to_string())),
    );
    if findings.is_empty() && !others.is_empty() {
        let names: Vec<_> = others.iter().map(|other| other.name.as_str()).collect();
        findings.push(Finding::new(
            "rules",
            &patch.name,
            Status::Ok,
            format!("accepted over {}", names.join(", ")),
        ));
    }
    if patch.replace != Replace::Yes {
        findings.extend(others.iter().flat_map(|other| shared(patch, other)));
    }
    findings
}

/// A cumulative patch takes over; two that are in force side by side get in each other's way.
fn shared(patch: &Patch, other: &Patch) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (object, function) in patch.functions() {
        let same = |(of, theirs): (&str, &Function)| of == object && theirs.is(function);
        if other.functions().any(same) {
            let message = format!(
                "'{}' replaces it too: the one that is loaded last is in effect, \
                and disabling that brings the other back; make one of them cumulative (replace), \
                or move the function to one",
                other.name
            );
            findings.push(Finding::new(
                "twice",
                format!("{object}:{function}"),
                Status::Warning,
                message,
            ));
        }
    }
    for state in patch.states.iter().flatten() {
        if other
            .states
            .iter()
            .flatten()
            .any(|theirs| theirs.id == state.id)
        {
            let message = format!(
                "'{}' has it too: a patch that does not look for others, as those in C may not, \
                undoes when it is disabled what the other still relies on; make one of them \
                cumulative (replace), or give the state another id",
                other.name
            );
            findings.push(Finding::new(
                "twice",
                format!("state {}", state.id),
                Status::Warning,
                message,
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::{Object, State};

    fn patch(name: &str, replace: Replace) -> Patch {
        let function = Function {
            name: "f".into(),
            ..Default::default()
        };
        Patch {
            name: name.into(),
            replace,
            marked: true,
            objects: vec![Object {
                callbacks: Vec::new(),
                name: "vmlinux".into(),
                functions: vec![function],
            }],
            states: Some(vec![State {
                id: 1,
                version: 1,
                ..Default::default()
            }]),
            ..Default::default()
        }
    }

    #[test]
    fn what_two_have_is_a_warning_unless_one_replaces_the_other() {
        let other = patch("other", Replace::No);
        let findings = check(&patch("new", Replace::No), std::slice::from_ref(&other));
        let twice: Vec<_> = findings
            .iter()
            .filter(|finding| finding.check == "twice")
            .map(|finding| finding.subject.as_str())
            .collect();
        assert_eq!(twice, ["vmlinux:f", "state 1"]);
        let findings = check(&patch("new", Replace::Yes), &[other]);
        assert!(
            findings.iter().all(|finding| finding.status == Status::Ok),
            "{findings:?}"
        );
    }
}
