// SPDX-License-Identifier: GPL-2.0

//! What several patches have in common that they should not.

use super::{Finding, Status, TRANSITION};
use crate::{
    date::Date,
    patch::{Patch, Replace},
    rules::{self, Doubt, Refusal, Verdict},
};

/// Checks a patch against those that have been loaded before it, in their order.
pub fn check(patch: &Patch, before: &[Patch]) -> Vec<Finding> {
    findings(patch, before, &rules::judge(patch, before))
}

/// What a verdict means, and what patches have in common.
pub fn findings(patch: &Patch, before: &[Patch], verdict: &Verdict) -> Vec<Finding> {
    let refused = |refusal: &Refusal| {
        let check = match refusal {
            Refusal::Pending { .. } => TRANSITION,
            _ => "rules",
        };
        Finding::new(check, &patch.name, Status::Failed, refusal.to_string())
    };
    let unknown =
        |doubt: &Doubt| Finding::new("rules", &patch.name, Status::Unknown, doubt.to_string());
    let mut findings: Vec<_> = verdict.refusals.iter().map(refused).collect();
    findings.extend(verdict.doubts.iter().map(unknown));
    let in_force = rules::still_in_force(before);
    if findings.is_empty() && !in_force.is_empty() {
        let names: Vec<_> = in_force.iter().map(|other| other.name.as_str()).collect();
        findings.push(Finding::new(
            "rules",
            &patch.name,
            Status::Ok,
            format!("accepted over {}", names.join(", ")),
        ));
    }
    findings.extend(
        rules::warnings(patch, in_force, Date::today())
            .iter()
            .map(|warning| {
                Finding::new("fixes", &patch.name, Status::Warning, warning.to_string())
            }),
    );
    if patch.replace != Replace::Yes {
        findings.extend(in_force.iter().flat_map(|other| shared(patch, other)));
    }
    findings
}

/// A cumulative patch takes over; two that are in force side by side get in each other's way.
fn shared(patch: &Patch, other: &Patch) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (object, function) in patch.functions() {
        if other.replaces(object, function) {
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
    use crate::{
        patch::{Function, Object, Source, State, Status as PatchStatus},
        verify::is_only_pending,
    };

    fn patch(name: &str, replace: Replace) -> Patch {
        let function = Function {
            name: "f".into(),
            ..Default::default()
        };
        Patch {
            name: name.into(),
            replace,
            source: Source::Tables,
            marked: true,
            objects: vec![Object {
                name: "vmlinux".into(),
                functions: vec![function],
                callbacks: Vec::new(),
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

    #[test]
    fn a_transition_alone_is_told_from_what_time_does_not_heal() {
        let status = |transition| {
            Some(PatchStatus {
                enabled: true,
                transition,
                order: Some(1),
            })
        };
        let mut other = patch("other", Replace::No);
        other.status = status(true);
        let new = patch("new", Replace::Yes);
        assert!(is_only_pending(&check(&new, std::slice::from_ref(&other))));
        let same = patch("other", Replace::Yes);
        assert!(!is_only_pending(&check(
            &same,
            std::slice::from_ref(&other)
        )));
        other.status = status(false);
        assert!(!is_only_pending(&check(&new, &[other])));
    }
}
