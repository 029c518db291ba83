// SPDX-License-Identifier: GPL-2.0

//! Which builds of the modules that they patch livepatches were made for.

use crate::{
    kernel,
    patch::{self, ModuleBuild, Patch},
};
use std::{collections::BTreeSet, path::Path};

/// What is to be added to a module's description: those of which it says nothing, of the modules of a kernel.
pub fn lines(patch: &Patch, kdir: &Path) -> Vec<String> {
    let is_new = |name: &&str| patch.made_for.iter().all(|known| known.module != **name);
    let objects = patch.objects.iter().map(|object| object.name.as_str());
    let names: BTreeSet<_> = objects
        .filter(|name| *name != "vmlinux")
        .filter(is_new)
        .collect();
    let build = |name: &str| {
        let file = kernel::module_in(kdir, name).ok()??;
        Some(ModuleBuild {
            module: name.to_owned(),
            build_id: kernel::file_build_id(&file)?,
        })
    };
    names
        .into_iter()
        .filter_map(build)
        .map(|target| patch::target_line(&target))
        .collect()
}
