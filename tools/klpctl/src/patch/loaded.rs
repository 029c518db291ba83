// SPDX-License-Identifier: GPL-2.0

//! The patches that the running kernel has: from sysfs, and from the note of a module that
//! describes itself.

use super::{describe, Function, Object, Patch, Replace, Source, Status};
use crate::{
    elf::{self, notes},
    near,
};
use anyhow::{Context, Result};
use rustix::io::Errno;
use std::{collections::HashSet, fs, io::ErrorKind, path::Path};

/// Below `root`, which is `/` but for tests: the patches in force, in the order in which they were
/// stacked where the kernel says.
pub fn in_force(root: &Path) -> Result<Vec<Patch>> {
    let dir = root.join("sys/kernel/livepatch");
    let names = names(&dir).with_context(|| {
        format!(
            "cannot list {}; is the kernel one with CONFIG_LIVEPATCH?",
            dir.display()
        )
    })?;
    let mut patches = Vec::new();
    for name in names {
        match loaded(root, &name) {
            Err(error) if !dir.join(&name).exists() && has_gone(&error) => {}
            patch => patches.push(patch?),
        }
    }
    patches.sort_by_key(|patch| patch.status.and_then(|status| status.order));
    Ok(patches)
}

/// Whether something is not there any more: sysfs says `ENODEV` of a file that is open.
fn has_gone(error: &anyhow::Error) -> bool {
    let io = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(is_gone)
}

fn is_gone(error: &std::io::Error) -> bool {
    error.kind() == ErrorKind::NotFound || error.raw_os_error() == Some(Errno::NODEV.raw_os_error())
}

/// The modules that are loaded, not those that are built in.
pub fn modules(root: &Path) -> Result<HashSet<String>> {
    let dir = root.join("sys/module");
    let mut modules = names(&dir).with_context(|| format!("cannot list {}", dir.display()))?;
    modules.retain(|name| dir.join(name).join("initstate").exists());
    Ok(modules.into_iter().collect())
}

/// One patch that is loaded.
pub fn loaded(root: &Path, name: &str) -> Result<Patch> {
    let dir = root.join("sys/kernel/livepatch").join(name);
    let module = root.join("sys/module").join(name);
    let flag =
        |file: &str| Ok::<_, anyhow::Error>(fs::read_to_string(dir.join(file))?.trim() == "1");
    let mut patch = Patch {
        name: name.to_owned(),
        source: Source::Sysfs,
        marked: true,
        srcversion: text(&module.join("srcversion")),
        build_id: build_id(&module.join("notes/.note.gnu.build-id")),
        status: Some(Status {
            enabled: flag("enabled").with_context(|| {
                let near = dir.parent().and_then(|all| near::in_dir(name, all));
                let near = near::in_parentheses(near.filter(|_| !dir.exists()));
                format!("no patch '{name}' is loaded{near}: {}", dir.display())
            })?,
            transition: flag("transition")?,
            order: text(&dir.join("stack_order")).and_then(|order| order.parse().ok()),
        }),
        taint: text(&module.join("taint")),
        ..Default::default()
    };
    let is_described = described(&module, &mut patch)?;
    patch.about.version = patch
        .about
        .version
        .take()
        .or_else(|| text(&module.join("version")));
    if is_described {
        patch.source = Source::Description;
        let known = |object: &Object| patch.objects.iter().any(|known| known.name == object.name);
        let mut others = objects(&dir)?;
        others.retain(|object| !known(object));
        patch.objects.extend(others);
    } else {
        patch.objects = objects(&dir)?;
    }
    match flag("replace") {
        Ok(true) => patch.replace = Replace::Yes,
        Ok(false) => patch.replace = Replace::No,
        Err(_) if patch.source == Source::Sysfs => {
            patch.replace = Replace::WhenLoaded("this kernel does not show it".to_owned());
        }
        Err(_) => {}
    }
    Ok(patch)
}

/// Whether a module that is loaded says that it is not to be removed.
pub fn is_kept(root: &Path, name: &str) -> bool {
    let mut patch = Patch::default();
    let read = described(&root.join("sys/module").join(name), &mut patch);
    read.is_ok() && patch.kept
}

/// Fills in what a module says; whether it says what its patch replaces.
fn described(module: &Path, patch: &mut Patch) -> Result<bool> {
    let described = description(&module.join("notes").join(describe::NOTE))?;
    describe::check_versions(notes(&described))?;
    let strings: Vec<_> = notes(&described).map(|note| note.content).collect();
    Ok(describe::read(&strings.concat(), patch)?)
}

/// Nothing, if the module has none.
fn description(note: &Path) -> Result<Vec<u8>> {
    match fs::read(note) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        read => read.with_context(|| format!("cannot read {}; root can", note.display())),
    }
}

fn objects(dir: &Path) -> Result<Vec<Object>> {
    let mut objects = Vec::new();
    for name in names(dir)? {
        // What a cumulative patch undoes is listed as long as its transition takes.
        let functions = match names(&dir.join(&name)) {
            Err(error) if has_gone(&error) => continue,
            names => names?,
        };
        let functions = functions
            .iter()
            .filter_map(|entry| function(entry))
            .collect();
        objects.push(Object {
            name,
            functions,
            callbacks: Vec::new(),
        });
    }
    Ok(objects)
}

/// A directory `function,sympos`, whose position is 1 also where the patch has 0.
fn function(entry: &str) -> Option<Function> {
    let (name, sympos) = entry.rsplit_once(',')?;
    Some(Function {
        name: name.to_owned(),
        sympos: sympos.parse().ok()?,
        ..Default::default()
    })
}

/// The directories in a directory, by name.
fn names(dir: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn text(file: &Path) -> Option<String> {
    Some(fs::read_to_string(file).ok()?.trim().to_owned())
}

fn build_id(file: &Path) -> Option<String> {
    elf::build_id(&fs::read(file).ok()?)
}
