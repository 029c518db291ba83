// SPDX-License-Identifier: GPL-2.0

//! The files of a livepatch with the structs that its prototypes need and the kernel's bindings lack, one for each object.

use super::{calls::Calls, Target};
use crate::{
    kernel::Kernel,
    types::{declare, Bindings},
};
use anyhow::{anyhow, Context, Result};
use std::collections::{BTreeMap, BTreeSet};

/// What the file of an object is called as a module of Rust's.
pub fn module(object: &str) -> String {
    format!("types_{object}")
}

/// The structs that are declared, by the objects whose types they are.
pub fn wanted<'t>(
    targets: &'t [Target],
    calls: &'t Calls,
) -> BTreeMap<&'t str, BTreeSet<&'t String>> {
    let mut wanted = BTreeMap::<&str, BTreeSet<_>>::new();
    let own = targets
        .iter()
        .map(|target| (&target.object, &target.signature.structs));
    for (object, structs) in own.chain(calls.structs()) {
        if !structs.is_empty() {
            wanted.entry(object).or_default().extend(structs);
        }
    }
    wanted
}

/// The files, each with its name.
pub fn files(
    targets: &[Target],
    calls: &Calls,
    kernel: &Kernel,
    bindings: &Bindings,
) -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for (object, structs) in wanted(targets, calls) {
        let module;
        let found = match object {
            "vmlinux" => kernel.vmlinux(),
            name => {
                module = kernel.module(name)?.context("a module that has gone")?;
                &module
            }
        };
        let btf = found
            .btf
            .as_ref()
            .map_err(|error| anyhow!("{object}: {error:#}"))?;
        let structs: Vec<_> = structs.into_iter().cloned().collect();
        let made = declare(btf, bindings, &structs)?;
        files.push((format!("{}.rs", self::module(object)), made.text));
    }
    Ok(files)
}
