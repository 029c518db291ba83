// SPDX-License-Identifier: GPL-2.0

//! What is lost with a patch that is accepted.

use crate::{
    date::Date,
    patch::{Patch, Replace},
};
use serde::Serialize;

/// Something to be told before a patch is loaded. None of it keeps it from being loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "warning", rename_all = "kebab-case")]
pub enum Warning {
    /// A cumulative patch does not say that it fixes what one that it replaces does.
    #[error(
        "it replaces '{of}', which fixes {fix}, and does not say that it fixes that: add it to `fixes` if it does"
    )]
    FixDropped {
        /// The patch in force.
        of: String,
        /// What it fixes.
        fix: String,
    },
    /// Its last day is over.
    #[error("its last day was {expires}: look for a newer one")]
    Expired {
        /// That day.
        expires: Date,
    },
}

/// What to tell of a patch that comes over those in force.
pub fn warnings(new: &Patch, in_force: &[Patch], today: Date) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if new.replace != Replace::No {
        for old in in_force {
            let dropped = old
                .about
                .fixes
                .iter()
                .filter(|fix| !new.about.fixes.contains(fix));
            warnings.extend(dropped.map(|fix| Warning::FixDropped {
                of: old.name.clone(),
                fix: fix.clone(),
            }));
        }
    }
    if let Some(expires) = new.about.expires.filter(|_| new.about.has_expired(today)) {
        warnings.push(Warning::Expired { expires });
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::About;

    fn patch(replace: Replace, fixes: &[&str], expires: &str) -> Patch {
        Patch {
            name: "p".into(),
            replace,
            about: About {
                fixes: fixes.iter().map(|&fix| fix.to_owned()).collect(),
                expires: expires.parse().ok(),
                ..About::default()
            },
            ..Patch::default()
        }
    }

    fn said(new: &Patch, old: &Patch) -> Vec<Warning> {
        warnings(
            new,
            std::slice::from_ref(old),
            "2027-04-01".parse().unwrap(),
        )
    }

    #[test]
    fn a_cumulative_patch_that_drops_a_fix_is_warned_of() {
        let old = patch(Replace::No, &["a", "b"], "");
        let dropped = Warning::FixDropped {
            of: "p".into(),
            fix: "b".into(),
        };
        assert_eq!(said(&patch(Replace::Yes, &["a", "c"], ""), &old), [dropped]);
        assert_eq!(said(&patch(Replace::Yes, &["b", "a"], ""), &old), []);
        assert_eq!(said(&patch(Replace::No, &["c"], ""), &old), []);
    }

    #[test]
    fn a_patch_past_its_last_day_is_warned_of() {
        let old = patch(Replace::No, &[], "2020-01-01");
        assert_eq!(said(&patch(Replace::Yes, &[], "2027-03-31"), &old).len(), 1);
        assert_eq!(said(&patch(Replace::Yes, &[], "2027-04-01"), &old), []);
    }
}
