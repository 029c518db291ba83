// SPDX-License-Identifier: GPL-2.0

//! What is wrong with a livepatch, found out before it is loaded.

mod callers;
mod calls;
mod code;
mod entered;
mod files;
mod frames;
mod function;
mod original;
mod prototype;
mod running;
mod stripped;
mod symbol;
pub mod target;
mod together;

use crate::{
    elf::Elf,
    kernel::{Kernel, Object},
    patch::Patch,
};
use serde::Serialize;
use std::collections::BTreeMap;

pub use callers::are_unknown as are_callers_unknown;
pub use function::{judge as judge_function, missing as missing_function, where_it_went};
pub use original::judge as judge_original;
pub use prototype::Evidence;
pub use running::Running;
pub use together::check as check_together;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which check.
    pub check: &'static str,
    /// What it is about.
    pub subject: String,
    /// Whether it is as it should be.
    pub status: Status,
    /// What was found; if that is not as it should be, also why it matters and what to do.
    pub message: String,
}

/// Whether something is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It is.
    Ok,
    /// It could not be found out.
    Unknown,
    /// It may be as meant.
    Warning,
    /// It is not.
    Failed,
}

/// Whether what was checked is as it should be; `None` if nothing failed, but something is not
/// known.
pub fn verdict<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Option<bool> {
    let worst = |verdict: Option<bool>, finding: &Finding| match finding.status {
        Status::Failed => Some(false),
        Status::Unknown => verdict.filter(|verdict| !verdict),
        Status::Ok | Status::Warning => verdict,
    };
    findings.into_iter().fold(Some(true), worst)
}

/// Whether all that failed is that a transition is pending, which time heals.
pub fn is_only_pending<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> bool {
    let mut failed = findings
        .into_iter()
        .filter(|finding| finding.status == Status::Failed)
        .peekable();
    failed.peek().is_some() && failed.all(|finding| finding.check == TRANSITION)
}

/// The check for a transition that is pending.
const TRANSITION: &str = "transition";

impl Finding {
    fn new(
        check: &'static str,
        subject: impl Into<String>,
        status: Status,
        message: impl Into<String>,
    ) -> Self {
        Self {
            check,
            subject: subject.into(),
            status,
            message: message.into(),
        }
    }
}

/// The objects that a patch is about, each read once.
struct Objects<'k> {
    kernel: &'k Kernel,
    modules: BTreeMap<String, anyhow::Result<Option<Object>>>,
}

/// An object, or why there is none.
enum Found<'a> {
    Object(&'a Object),
    No,
    Unknown(&'a anyhow::Error),
}

impl<'k> Objects<'k> {
    fn of(patch: &Patch, kernel: &'k Kernel) -> Self {
        let names = patch
            .functions()
            .map(|(object, _)| object)
            .chain(patch.symbols.iter().map(|symbol| symbol.object.as_str()));
        let mut modules = BTreeMap::new();
        for name in names.filter(|name| *name != "vmlinux") {
            modules
                .entry(name.to_owned())
                .or_insert_with(|| kernel.module(name));
        }
        Self { kernel, modules }
    }

    /// The modules among them.
    fn modules(&self) -> impl Iterator<Item = &str> {
        self.modules.keys().map(String::as_str)
    }

    fn get(&self, name: &str) -> Found<'_> {
        match self.modules.get(name) {
            None => Found::Object(self.kernel.vmlinux()),
            Some(Ok(Some(object))) => Found::Object(object),
            Some(Ok(None)) => Found::No,
            Some(Err(error)) => Found::Unknown(error),
        }
    }
}

/// Checks a patch against a kernel.
pub fn check(elf: &Elf<'_>, patch: &Patch, kernel: &Kernel) -> Vec<Finding> {
    let objects = Objects::of(patch, kernel);
    let mut findings = vec![vermagic(patch, kernel), marked(patch)];
    findings.extend(patch.unfinished.iter().map(|place| unfinished(place)));
    findings.extend(stripped::check(elf, patch));
    findings.extend(files::check(&objects));
    findings.extend(target::check(patch, kernel));
    findings.extend(function::check(patch, &objects));
    findings.extend(callers::check(patch));
    findings.extend(original::check(patch, &objects));
    let uses = symbol::Uses::of(elf);
    let evidence = prototype::Evidence::of(elf, patch, uses.declared());
    findings.extend(prototype::check(patch, &objects, &evidence));
    findings.extend(symbol::check(patch, &objects, &uses, &evidence));
    findings.extend(symbol::damaged(elf));
    findings.extend(symbol::too_late(elf));
    findings.extend(code::trampolines(elf, patch));
    findings.extend(entered::check(elf, patch));
    findings.push(code::panics(elf));
    findings.extend(calls::check(elf, patch, &objects));
    findings.extend(frames::check(elf));
    findings
}

fn vermagic(patch: &Patch, kernel: &Kernel) -> Finding {
    let of_patch = patch.vermagic.as_deref().unwrap_or_default().trim_end();
    let (of_kernel, same) = match &kernel.vermagic {
        Some(vermagic) => (vermagic.as_str(), vermagic == of_patch),
        None => (
            kernel.release.as_str(),
            of_patch.split(' ').next() == Some(&kernel.release),
        ),
    };
    if same {
        return Finding::new("vermagic", &patch.name, Status::Ok, of_patch);
    }
    let message = format!(
        "the module is for '{of_patch}', the kernel is '{of_kernel}': it will \
        not load; build it for this kernel"
    );
    Finding::new("vermagic", &patch.name, Status::Failed, message)
}

fn marked(patch: &Patch) -> Finding {
    if patch.marked {
        return Finding::new(
            "livepatch=Y",
            &patch.name,
            Status::Ok,
            "marked as a livepatch",
        );
    }
    let message = crate::rules::Refusal::Unmarked.to_string();
    Finding::new("livepatch=Y", &patch.name, Status::Failed, message)
}

fn unfinished(place: &str) -> Finding {
    let message = "klp::unfinished! or KLP_UNFINISHED stands there: the replacement does not do what the original \
        did; write it, and take the mark away";
    Finding::new("finished", place, Status::Failed, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_no_yes_and_hides_no_failure() {
        use Status::{Failed, Ok, Unknown, Warning};
        for (found, expected) in [
            (vec![], Some(true)),
            (vec![Ok, Warning], Some(true)),
            (vec![Ok, Unknown, Ok], None),
            (vec![Unknown, Failed, Unknown], Some(false)),
        ] {
            let findings = found
                .iter()
                .map(|&status| Finding::new("check", "about", status, ""))
                .collect::<Vec<_>>();
            assert_eq!(verdict(&findings), expected, "{found:?}");
        }
    }
}
