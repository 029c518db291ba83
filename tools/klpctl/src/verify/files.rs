// SPDX-License-Identifier: GPL-2.0

//! Which of several files of one module is the one that is loaded.

use super::{Finding, Objects, Status};
use std::path::{Path, PathBuf};

/// Warns of each module that has several files.
pub fn check(objects: &Objects<'_>) -> Vec<Finding> {
    let names = objects.modules.keys();
    let several = names.filter_map(|name| match objects.kernel.module_files(name) {
        [taken, others @ ..] if !others.is_empty() => Some(warning(name, taken, others)),
        _ => None,
    });
    several.collect()
}

fn warning(name: &str, taken: &Path, others: &[PathBuf]) -> Finding {
    let others: Vec<_> = others
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let message = format!(
        "it is checked against {}, and there is {} too: modprobe takes what modules.dep has, \
        or else 'updates' first; remove one, or give the directory of the right one by --modules",
        taken.display(),
        others.join(", ")
    );
    Finding::new("module", name, Status::Warning, message)
}
