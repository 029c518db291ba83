// SPDX-License-Identifier: GPL-2.0

//! What is fixed, by what the patches say that are in force.

use crate::{
    date::Date,
    patch::{Patch, Replace, Status},
};
use serde::Serialize;

/// What a patch says that it fixes.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// Its name.
    pub fix: String,
    /// The patch.
    pub patch: String,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Date>,
    /// Why it is not fixed for all tasks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_yet: Option<NotYet>,
}

/// Why a fix is not in force, though its patch is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotYet {
    /// Tasks still have to switch to it, or away from it.
    InTransition,
    /// Tasks are switching to a patch that replaces it, and does not say that it fixes this.
    BeingReplaced,
}

impl Fix {
    /// Whether it is fixed, for all tasks.
    pub fn is_in_force(&self) -> bool {
        self.not_yet.is_none()
    }
}

/// What the patches say that the kernel has.
pub fn fixes(patches: &[Patch]) -> Vec<Fix> {
    let of = |patch: &Patch| {
        let fix = |fix: &String| Fix {
            fix: fix.clone(),
            patch: patch.name.clone(),
            version: patch.about.version.clone(),
            expires: patch.about.expires,
            not_yet: not_yet(fix, patch, patches),
        };
        patch.about.fixes.iter().map(fix).collect::<Vec<_>>()
    };
    let mut fixes: Vec<_> = patches.iter().flat_map(of).collect();
    fixes.sort_by(|a, b| (&a.fix, a.not_yet.is_some()).cmp(&(&b.fix, b.not_yet.is_some())));
    fixes
}

fn not_yet(fix: &String, patch: &Patch, patches: &[Patch]) -> Option<NotYet> {
    let status = patch.status?;
    if !status.enabled || status.transition {
        return Some(NotYet::InTransition);
    }
    let drops = |other: &Patch| replaces(other, status) && !other.about.fixes.contains(fix);
    patches.iter().any(drops).then_some(NotYet::BeingReplaced)
}

/// Whether a patch in transition takes, or gives back, the place of one of that status.
fn replaces(patch: &Patch, old: Status) -> bool {
    let Some(status) = patch.status.filter(|status| status.transition) else {
        return false;
    };
    let is_newer = match (status.order, old.order) {
        (Some(new), Some(old)) => new > old,
        _ => true,
    };
    patch.replace != Replace::No && is_newer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::About;

    fn patch(name: &str, order: u64, fixes: &[&str], transition: bool) -> Patch {
        Patch {
            name: name.into(),
            replace: Replace::Yes,
            about: About {
                fixes: fixes.iter().map(|&fix| fix.to_owned()).collect(),
                ..About::default()
            },
            status: Some(Status {
                enabled: true,
                transition,
                order: Some(order),
            }),
            ..Patch::default()
        }
    }

    fn said(patches: &[Patch]) -> Vec<(String, Option<NotYet>)> {
        let fixes = fixes(patches).into_iter();
        fixes
            .map(|fix| (format!("{} {}", fix.fix, fix.patch), fix.not_yet))
            .collect()
    }

    #[test]
    fn fixed_is_what_a_patch_says_that_all_tasks_have() {
        let old = patch("old", 1, &["b", "a"], false);
        assert_eq!(
            said(std::slice::from_ref(&old)),
            [("a old".into(), None), ("b old".into(), None)]
        );
        let new = patch("new", 2, &["a", "c"], true);
        assert_eq!(
            said(&[old, new]),
            [
                ("a old".into(), None),
                ("a new".into(), Some(NotYet::InTransition)),
                ("b old".into(), Some(NotYet::BeingReplaced)),
                ("c new".into(), Some(NotYet::InTransition)),
            ]
        );
    }

    #[test]
    fn what_came_later_is_not_replaced() {
        let mut leaving = patch("leaving", 1, &[], true);
        leaving.status = leaving.status.map(|status| Status {
            enabled: false,
            ..status
        });
        let later = patch("later", 2, &["a"], false);
        assert_eq!(said(&[leaving, later]), [("a later".into(), None)]);
    }
}
