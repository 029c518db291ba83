// SPDX-License-Identifier: GPL-2.0

//! What `klpctl verify` found, as it is shown: what is wrong comes first.

use crate::{
    patch::Patch,
    progress,
    show::{clean, wrapped, Table},
    verify::{self, Finding, Status},
};
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use std::{cmp::Reverse, collections::BTreeSet};

/// What was found of all patches.
#[derive(Serialize)]
pub struct Report {
    kernel: String,
    release: String,
    verified: Option<bool>,
    patches: Vec<Checked>,
}

/// What was found of one.
#[derive(Serialize)]
pub struct Checked {
    /// The file.
    pub file: String,
    /// The module's name.
    pub name: String,
    /// What was found, in the order of the checks.
    pub findings: Vec<Finding>,
    /// Whether it was not found out which callers rely on what is replaced.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub callers_unknown: bool,
}

impl Checked {
    /// What was found of a patch in a file.
    pub fn new(file: &str, patch: &Patch, findings: Vec<Finding>) -> Self {
        Self {
            file: file.to_owned(),
            name: patch.name.clone(),
            findings,
            callers_unknown: verify::are_callers_unknown(patch),
        }
    }
}

impl Report {
    /// On patches that were checked against a kernel.
    pub fn new(kernel: String, release: String, patches: Vec<Checked>) -> Self {
        let findings = patches.iter().flat_map(|patch| &patch.findings);
        Self {
            kernel,
            release,
            verified: verify::verdict(findings),
            patches,
        }
    }

    /// Whether all is as it should be; `None` if it is not known.
    pub fn verified(&self) -> Option<bool> {
        self.verified
    }

    /// What failed, in the order of the checks.
    pub fn failed(&self) -> impl Iterator<Item = &Finding> {
        self.of(Status::Failed)
    }

    /// What is not known, in the order of the checks.
    pub fn unknown(&self) -> impl Iterator<Item = &Finding> {
        self.of(Status::Unknown)
    }

    fn of(&self, status: Status) -> impl Iterator<Item = &Finding> {
        let findings = self.patches.iter().flat_map(|patch| &patch.findings);
        findings.filter(move |finding| finding.status == status)
    }

    /// Whether all that failed is that a transition is pending.
    pub fn is_only_pending(&self) -> bool {
        verify::is_only_pending(self.patches.iter().flat_map(|patch| &patch.findings))
    }

    /// The report for who reads it; in quiet, what is not ok, if anything is not.
    pub fn text(&self, width: usize) -> String {
        let shown = |finding: &&Finding| !progress::is_quiet() || finding.status != Status::Ok;
        let mut patches = String::new();
        for patch in &self.patches {
            let findings: Vec<_> = patch.findings.iter().filter(shown).collect();
            if !findings.is_empty() {
                patches += &format!("\n{}\n", clean(&patch.file));
                patches += &table(&findings).text(width);
            }
        }
        if patches.is_empty() && progress::is_quiet() {
            return patches;
        }
        let (release, kernel) = (clean(&self.release), clean(&self.kernel));
        format!(
            "against {release} ({kernel})\n{patches}\n{}",
            self.summary(width)
        )
    }

    fn summary(&self, width: usize) -> String {
        let findings = || self.patches.iter().flat_map(|patch| &patch.findings);
        let count = |status| {
            findings()
                .filter(|finding| finding.status == status)
                .count()
        };
        let mut text = format!(
            "{} ok, {} failed, {} warnings, {} not known\n",
            count(Status::Ok),
            count(Status::Failed),
            count(Status::Warning),
            count(Status::Unknown)
        );
        let unknown = findings().filter(|finding| finding.status == Status::Unknown);
        let remedies: BTreeSet<_> = unknown.map(|finding| remedy(finding.check)).collect();
        if !remedies.is_empty() {
            let remedies = remedies.into_iter().collect::<Vec<_>>().join("; ");
            let sentence = format!(
                "What is not known is not counted as a yes (--strict makes it a no). To make it \
                known: {remedies}."
            );
            text += &(wrapped(&sentence, width).join("\n") + "\n");
        }
        if self.patches.iter().any(|patch| patch.callers_unknown) {
            let sentence = "Not known: callers that were compiled knowing what is replaced; 'klpctl build' finds them \
                out where the function is in the kernel's source, and says so in the module.";
            text += &(wrapped(sentence, width).join("\n") + "\n");
        }
        text
    }
}

/// What is wrong first, else in the order of the checks.
fn table(findings: &[&Finding]) -> Table {
    let mut sorted = findings.to_vec();
    sorted.sort_by_key(|finding| Reverse(finding.status));
    let mut table = Table::new(&["", "check", "about", ""], 3);
    for finding in sorted {
        let (word, style) = shown(finding.status);
        let cells = [word, finding.check, &finding.subject, &finding.message];
        table.push(style, cells.map(str::to_owned).into());
    }
    table
}

fn shown(status: Status) -> (&'static str, Style) {
    match status {
        Status::Ok => ("ok", AnsiColor::Green.on_default()),
        Status::Failed => ("FAILED", AnsiColor::Red.on_default().bold()),
        Status::Warning => ("warning", AnsiColor::Yellow.on_default()),
        Status::Unknown => ("not known", AnsiColor::Magenta.on_default()),
    }
}

/// What makes known what a check could not find out.
fn remedy(check: &str) -> &'static str {
    match check {
        "prototype" => {
            "keep the module's debug information, give the directories with target modules by \
            --modules, and call the kernel's structs, and their fields, what the kernel calls them"
        }
        "symbol" => {
            "keep the module's debug information, and give the directories with target modules by \
            --modules; the rest is in the kernel's source"
        }
        "function" => "give the directories with target modules by --modules",
        _ => "see what its line says",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let finding = |check, subject: &str, status, message: &str| Finding {
            check,
            subject: subject.into(),
            status,
            message: message.into(),
        };
        let findings = vec![
            finding("vermagic", "fix", Status::Ok, "7.3.4 SMP"),
            finding(
                "prototype",
                "vmlinux:f",
                Status::Unknown,
                "argument 1 is not known",
            ),
            finding(
                "function",
                "vmlinux:f",
                Status::Failed,
                "it has no ftrace site",
            ),
        ];
        let patch = Checked {
            file: "fix.ko".into(),
            name: "fix".into(),
            findings,
            callers_unknown: true,
        };
        Report::new("/boot/vmlinuz".into(), "7.3.4".into(), vec![patch])
    }

    #[test]
    fn what_is_wrong_comes_first_and_what_is_not_known_is_no_yes() {
        let text = anstream::adapter::strip_str(&report().text(80)).to_string();
        assert_eq!(
            text,
            "against 7.3.4 (/boot/vmlinuz)\n\n\
             fix.ko\n\
             \x20          check      about\n\
             FAILED     function   vmlinux:f  it has no ftrace site\n\
             not known  prototype  vmlinux:f  argument 1 is not known\n\
             ok         vermagic   fix        7.3.4 SMP\n\n\
             1 ok, 1 failed, 0 warnings, 1 not known\n\
             What is not known is not counted as a yes (--strict makes it a no). To make it\n\
             known: keep the module's debug information, give the directories with target\n\
             modules by --modules, and call the kernel's structs, and their fields, what the\n\
             kernel calls them.\n\
             Not known: callers that were compiled knowing what is replaced; 'klpctl build'\n\
             finds them out where the function is in the kernel's source, and says so in the\n\
             module.\n"
        );
    }

    #[test]
    fn a_failure_is_red() {
        assert!(report().text(80).contains("\x1b[1m\x1b[31mFAILED\x1b[0m"));
    }
}
