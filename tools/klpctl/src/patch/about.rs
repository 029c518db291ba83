// SPDX-License-Identifier: GPL-2.0

//! What a patch says of itself.

use crate::date::Date;
use serde::Serialize;
use std::fmt::Write;

#[path = "../../../../src/about/rules.rs"]
mod rules;

pub use rules::{fault_in_date, fault_in_fix, fault_in_version};

/// What it is, what it fixes, and until when it is to be used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct About {
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What it fixes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fixes: Vec<String>,
    /// The last day on which it is to be relied on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Date>,
}

impl About {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether its last day is over.
    pub fn has_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| last < today)
    }

    /// It, as fields of `livepatch!`.
    pub fn fields(&self) -> String {
        let mut fields = String::new();
        if let Some(version) = &self.version {
            let _ = writeln!(fields, "    version: {version:?},");
        }
        if !self.fixes.is_empty() {
            let _ = writeln!(fields, "    fixes: {:?},", self.fixes);
        }
        if let Some(date) = self.expires {
            let _ = writeln!(fields, "    expires: \"{date}\",");
        }
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fix_has_a_name_that_others_look_for() {
        for name in [
            "CVE-2026-1234",
            "CVE-2026-123456",
            "kernel.org#218712",
            "DSA-5123-1",
        ] {
            assert_eq!(fault_in_fix(name), None, "{name}");
        }
        let long = "x".repeat(65);
        for name in [
            "",
            " ",
            "CVE-2026",
            "CVE-2026-123",
            "cve-2026-1234",
            "CVE-20261234",
            "CVE-2026-1234x",
            "a b",
            "a,b",
            "a\"b",
            "-a",
            "a\n",
            "ä",
            &long,
        ] {
            assert!(fault_in_fix(name).is_some(), "{name}");
        }
    }

    #[test]
    fn what_is_said_becomes_fields() {
        let about = About {
            version: Some("1.2".into()),
            fixes: vec!["CVE-2026-1234".into(), "CVE-2026-1235".into()],
            expires: "2027-03-31".parse().ok(),
        };
        assert_eq!(
            about.fields(),
            "    version: \"1.2\",\n    fixes: [\"CVE-2026-1234\", \"CVE-2026-1235\"],\n    expires: \"2027-03-31\",\n"
        );
        assert_eq!(About::default().fields(), "");
    }

    #[test]
    fn the_last_day_is_one_of_use() {
        let about = About {
            expires: "2027-03-31".parse().ok(),
            ..Default::default()
        };
        let on = |day: &str| about.has_expired(day.parse().unwrap());
        assert!(!on("2027-03-31") && on("2027-04-01"));
    }
}
