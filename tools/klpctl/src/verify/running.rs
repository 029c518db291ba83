// SPDX-License-Identifier: GPL-2.0

//! What stands in the way of a patch in the running kernel.

use super::{together, Finding, Status};
use crate::{
    kernel::{self, Attached, Demand, Holder, Kernel, Object},
    patch::{self, Function, Key, Patch, Signature, Signer},
    rules,
};
use anyhow::Result;
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

/// What the running kernel has.
pub struct Running {
    root: PathBuf,
    modules: HashSet<String>,
    attached: Result<Vec<Attached>>,
    demand: Demand,
}

impl Running {
    /// Below `root`, which is `/` but for tests.
    pub fn read(root: &Path) -> Result<Self> {
        Ok(Self {
            root: root.to_owned(),
            modules: patch::modules(root)?,
            attached: kernel::attached(root),
            demand: kernel::demand(root),
        })
    }

    /// Checks a patch that comes over others, those in force first.
    pub fn check(&self, patch: &Patch, before: &[Patch], kernel: &Kernel) -> Vec<Finding> {
        let verdict = rules::judge_running(patch, before, &self.modules);
        let mut findings = together::findings(patch, before, &verdict);
        findings.push(self.signature(patch));
        findings.extend(self.held(patch, before, kernel));
        findings
    }

    fn signature(&self, patch: &Patch) -> Finding {
        let (status, message) = match (&patch.signature, &self.demand) {
            (Some(Signature::Damaged(why)), _) => (
                Status::Failed,
                format!(
                    "its signature is damaged, {why}: no kernel loads it; sign it again, or \
                    remove the signature with strip --strip-debug"
                ),
            ),
            (Some(Signature::By(signer)), demand) => self.signed(signer, demand),
            (signature, Demand::Signature(by)) => (
                Status::Failed,
                format!(
                    "{}, and this kernel loads only what is signed by a key of its own ({by}): \
                    sign it with such a key: 'klpctl sign' does it",
                    unsigned(signature)
                ),
            ),
            (signature, Demand::Nothing) => (
                Status::Ok,
                format!(
                    "{}, and this kernel asks for no signature; it taints the kernel (E)",
                    unsigned(signature)
                ),
            ),
            (signature, Demand::Unknown(remedy)) => (
                Status::Unknown,
                format!(
                    "{}, and whether this kernel asks for a signature does not show: {remedy}",
                    unsigned(signature)
                ),
            ),
        };
        Finding::new("signature", &patch.name, status, message)
    }

    fn signed(&self, signer: &Signer, demand: &Demand) -> (Status, String) {
        let by = format!("signed by {signer}");
        if *demand == Demand::Nothing {
            return (Status::Ok, format!("{by}; this kernel asks for none"));
        }
        let known = match &signer.key {
            Key::Identifier(identifier) => kernel::has_key(&self.root, identifier),
            Key::Serial(_) => None,
        };
        match known {
            Some(true) => (Status::Ok, format!("{by}, which is a key of the kernel's")),
            Some(false) if matches!(demand, Demand::Signature(_)) => (
                Status::Failed,
                format!(
                    "{by}, and the kernel has no such key (/proc/keys): it will not load; sign it \
                    with one that it has, or enrol this one and boot again"
                ),
            ),
            _ => (
                Status::Unknown,
                format!(
                    "{by}; whether that is a key of the kernel's does not show: compare with the \
                    keys in /proc/keys, as root"
                ),
            ),
        }
    }

    /// The functions that something else holds.
    fn held(&self, patch: &Patch, before: &[Patch], kernel: &Kernel) -> Vec<Finding> {
        let attached = match &self.attached {
            Ok(attached) => attached,
            Err(error) => {
                let message =
                    format!("whether something holds its functions is not known: {error:#}");
                return vec![Finding::new("held", &patch.name, Status::Unknown, message)];
            }
        };
        let judge = |(object, function): (&str, &Function)| {
            let (status, message) = held(attached, before, kernel, object, function)?;
            let subject = format!("{object}:{function}");
            Some(Finding::new("held", subject, status, message))
        };
        patch.functions().filter_map(judge).collect()
    }
}

/// Where several functions have the name, `enabled_functions` does not tell which one is held.
fn held(
    attached: &[Attached],
    before: &[Patch],
    kernel: &Kernel,
    object: &str,
    function: &Function,
) -> Option<(Status, String)> {
    let mut holders: Vec<_> = attached
        .iter()
        .filter(|attached| attached.function == function.name && attached.object == object)
        .filter_map(|attached| attached.holder.as_ref())
        .collect();
    let is_same = |(of, theirs): &(&str, &Function)| *of == object && theirs.name == function.name;
    let patched: HashSet<_> = before
        .iter()
        .flat_map(Patch::functions)
        .filter(is_same)
        .map(|(_, function)| function.position())
        .collect();
    let hidden = holders
        .iter()
        .filter(|holder| ***holder == Holder::Hidden)
        .count();
    if patched.contains(&function.position()) && hidden <= patched.len() {
        holders.retain(|holder| **holder != Holder::Hidden); // which is a livepatch's
    }
    let by = holders.first()?;
    let traced = traced(kernel, object, &function.name);
    if holders.len() < traced {
        let message = format!(
            "{by} holds one of the {traced} functions of that name, and which one does not show: \
            end what uses it to be sure"
        );
        return Some((Status::Unknown, message));
    }
    let message = format!(
        "{by} holds it, and a function has one owner: the kernel will say EBUSY; end what uses it \
        (/sys/kernel/tracing/enabled_functions, /sys/kernel/debug/kprobes/list)"
    );
    Some((Status::Failed, message))
}

/// How many functions of that name may be the one that is held.
fn traced(kernel: &Kernel, object: &str, name: &str) -> usize {
    let may_be = |object: &Object| {
        let functions = object.named(name);
        functions
            .filter(|symbol| symbol.is_traced != Some(false))
            .count()
    };
    match object {
        "vmlinux" => may_be(kernel.vmlinux()),
        module => match kernel.module(module) {
            Ok(Some(object)) => may_be(&object),
            _ => 1,
        },
    }
}

fn unsigned(signature: &Option<Signature>) -> &'static str {
    match signature {
        Some(Signature::Other) => "its signature is not of the form that the kernel reads (PKCS#7)",
        _ => "it is not signed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        kernel::{Kind, Symbol},
        patch::Object as Patched,
    };

    fn kernel() -> Kernel {
        let symbol = |name: &str| Symbol {
            name: name.into(),
            kind: Kind::Function,
            is_traced: Some(true),
            ..Symbol::default()
        };
        let vmlinux = Object {
            symbols: [symbol("f"), symbol("twice"), symbol("twice")].into(),
            btf: Err(anyhow::anyhow!("none")),
        };
        Kernel::of_object("7.3.4", vmlinux)
    }

    fn patch(name: &str, function: &str) -> Patch {
        let (_, function) = Function::parse(function).unwrap();
        Patch {
            name: name.into(),
            objects: vec![Patched {
                name: "vmlinux".into(),
                functions: vec![function],
                ..Default::default()
            }],
            ..Default::default()
        }
    }

    fn held_by(holders: &[(&str, Holder)], function: &str, before: &[Patch]) -> Option<Status> {
        let attached = holders.iter().map(|(function, holder)| Attached {
            function: (*function).into(),
            object: "vmlinux".into(),
            holder: Some(holder.clone()),
        });
        let running = running(Demand::Nothing, attached.collect());
        let (patch, kernel) = (patch("new", function), kernel());
        let found = running.held(&patch, before, &kernel);
        found.first().map(|finding| finding.status)
    }

    fn running(demand: Demand, attached: Vec<Attached>) -> Running {
        Running {
            root: "/nowhere".into(),
            modules: HashSet::new(),
            attached: Ok(attached),
            demand,
        }
    }

    #[test]
    fn what_holds_a_function_is_an_obstacle_unless_it_is_a_livepatch() {
        let probe = || Holder::Handler("kprobe_ftrace_handler".into());
        let failed = Some(Status::Failed);
        let old = [patch("old", "vmlinux:f")];
        assert_eq!(held_by(&[], "vmlinux:f", &[]), None);
        assert_eq!(held_by(&[("f", probe())], "vmlinux:f", &[]), failed);
        assert_eq!(held_by(&[("f", probe())], "vmlinux:f", &old), failed);
        assert_eq!(held_by(&[("g", probe())], "vmlinux:f", &[]), None);
        assert_eq!(held_by(&[("f", Holder::Hidden)], "vmlinux:f", &[]), failed);
        assert_eq!(held_by(&[("f", Holder::Hidden)], "vmlinux:f", &old), None);
    }

    #[test]
    fn which_one_of_a_name_is_held_is_not_known_unless_all_are() {
        let hidden = || ("twice", Holder::Hidden);
        let old = [patch("old", "vmlinux:twice,1")];
        let function = "vmlinux:twice,2";
        assert_eq!(held_by(&[hidden()], function, &[]), Some(Status::Unknown));
        assert_eq!(held_by(&[hidden()], function, &old), Some(Status::Unknown));
        assert_eq!(held_by(&[hidden()], "vmlinux:twice,1", &old), None);
        let both = [hidden(), hidden()];
        assert_eq!(held_by(&both, function, &[]), Some(Status::Failed));
    }

    #[test]
    fn a_signature_counts_where_the_kernel_demands_one() {
        let says = |signature, demand| {
            let patch = Patch {
                signature: Some(signature),
                ..Default::default()
            };
            running(demand, Vec::new()).signature(&patch).status
        };
        let by = |key| Signature::By(Signer { issuer: None, key });
        let demanded = || Demand::Signature("sig_enforce".into());
        assert_eq!(says(Signature::None, Demand::Nothing), Status::Ok);
        assert_eq!(says(Signature::None, demanded()), Status::Failed);
        assert_eq!(says(Signature::None, Demand::Unknown("")), Status::Unknown);
        assert_eq!(says(Signature::Other, demanded()), Status::Failed);
        let damaged = Signature::Damaged("cut off");
        assert_eq!(says(damaged, Demand::Nothing), Status::Failed);
        let serial = || by(Key::Serial("1".into()));
        assert_eq!(says(serial(), demanded()), Status::Unknown);
        assert_eq!(says(serial(), Demand::Nothing), Status::Ok);
    }
}
