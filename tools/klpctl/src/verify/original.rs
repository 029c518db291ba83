// SPDX-License-Identifier: GPL-2.0

//! Whether the functions that replacements may call, as the originals, begin as such a call needs it: it leads to what
//! comes after the ftrace site.

use super::{Finding, Found, Objects, Status};
use crate::{
    kernel::{Object, Start},
    patch::{Function, Patch},
};

/// Checks each function whose replacement may call it. What is wrong with its name is said elsewhere.
pub fn check(patch: &Patch, objects: &Objects<'_>) -> Vec<Finding> {
    let asked = patch
        .functions()
        .filter(|(_, function)| function.calls_original);
    let judge = |(name, function): (&str, &Function)| {
        let Found::Object(object) = objects.get(name) else {
            return None;
        };
        let (status, message) = judge(function, object)?;
        let subject = format!("{name}:{function}");
        Some(Finding::new("original", subject, status, message))
    };
    asked.filter_map(judge).collect()
}

/// Judges a function that is to be called; nothing is said of one that cannot be replaced.
pub fn judge(function: &Function, object: &Object) -> Option<(Status, String)> {
    let mut found = object.named(&function.name);
    let symbol = found.nth(function.position() as usize - 1)?;
    Some(match symbol.start {
        Start::Site => (Status::Ok, "begins with its ftrace site".to_owned()),
        Start::Marked => (
            Status::Ok,
            "begins with endbr64 and its ftrace site".to_owned(),
        ),
        Start::Other(distance) => (
            Status::Failed,
            format!(
                "its ftrace site is at +{distance:#x}, behind what is no endbr64: it cannot be called without that, and \
                the patch refuses to load, or the module with it; write what it does into the replacement, without \
                #[original]"
            ),
        ),
        Start::Unknown if symbol.is_traced == Some(false) => return None,
        Start::Unknown => (
            Status::Unknown,
            "how it begins is not known: be root, with 'sysctl kernel.kptr_restrict=1', on a kernel that has \
            /sys/kernel/tracing/available_filter_functions_addrs; or check against its vmlinuz"
                .to_owned(),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Kernel, Symbol};

    fn says(start: Start) -> Vec<Finding> {
        let symbol = Symbol {
            name: "f".into(),
            is_traced: Some(true),
            start,
            ..Symbol::default()
        };
        let object = Object {
            symbols: [symbol].into(),
            btf: Err(anyhow::anyhow!("none")),
        };
        let asked = |name: &str, calls_original| Function {
            name: name.into(),
            calls_original,
            ..Default::default()
        };
        let object_of_patch = crate::patch::Object {
            name: "vmlinux".into(),
            functions: vec![asked("f", true), asked("g", true), asked("h", false)],
            ..Default::default()
        };
        let patch = Patch {
            objects: vec![object_of_patch],
            ..Default::default()
        };
        let kernel = Kernel::of_object("7.3.4", object);
        check(&patch, &Objects::of(&patch, &kernel))
    }

    #[test]
    fn what_comes_before_the_site_is_nothing_or_endbr64() {
        for (start, status, message) in [
            (Start::of(0, false), Status::Ok, "begins with its ftrace"),
            (Start::of(4, true), Status::Ok, "endbr64 and"),
            (Start::of(4, false), Status::Failed, "+0x4, behind"),
            (Start::of(9, true), Status::Failed, "+0x9, behind"),
            (Start::Unknown, Status::Unknown, "is not known"),
        ] {
            let findings = says(start);
            assert_eq!(findings.len(), 1, "{findings:?}");
            assert_eq!(findings[0].subject, "vmlinux:f");
            assert_eq!(findings[0].status, status, "{start:?}");
            assert!(findings[0].message.contains(message), "{findings:?}");
        }
    }
}
