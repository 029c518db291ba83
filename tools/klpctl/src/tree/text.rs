// SPDX-License-Identifier: GPL-2.0

//! The text of a kernel's source: its files, and how all of them are gone through.

use anyhow::{Context, Result};
use std::{
    fs,
    path::{Component, Path, PathBuf},
};

/// What the kernel's own code is not in.
const OTHERS: [&str; 13] = [
    "Documentation",
    "LICENSES",
    "arch/x86/boot",
    "arch/x86/entry/vdso",
    "arch/x86/purgatory",
    "arch/x86/realmode",
    "arch/x86/tools",
    "arch/x86/um",
    "rust",
    "samples",
    "scripts",
    "tools",
    "usr",
];
const ARCHITECTURE: &str = "arch/x86";

/// The C files and headers that the kernel is made of, below its source.
pub fn files_of(source: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    list(source, Path::new(""), &mut files)?;
    Ok(files)
}

/// What comes of the files, a share of them on each processor.
pub fn in_parallel<T: Send>(
    files: &[PathBuf],
    work: impl Fn(&[PathBuf]) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = files.len().div_ceil(threads).max(1);
    let work = &work;
    let parts = std::thread::scope(|scope| {
        let part = |files| scope.spawn(move || work(files));
        let started: Vec<_> = files.chunks(share).map(part).collect();
        let ended = started.into_iter().map(std::thread::ScopedJoinHandle::join);
        ended.collect::<Vec<_>>()
    });
    let results = parts
        .into_iter()
        .map(|part| part.ok().context("the source could not be searched")?);
    results.collect()
}

fn list(source: &Path, dir: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let cannot = || format!("cannot list {}", source.join(dir).display());
    for entry in fs::read_dir(source.join(dir)).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        let path = dir.join(entry.file_name());
        let kind = entry.file_type().with_context(cannot)?;
        let ending = path.extension();
        if kind.is_dir() && is_the_kernels(&path) {
            list(source, &path, files)?;
        } else if kind.is_file() && ending.is_some_and(|ending| ending == "c" || ending == "h") {
            files.push(path);
        }
    }
    Ok(())
}

fn is_the_kernels(dir: &Path) -> bool {
    let is_other_architecture =
        dir.parent() == Some(Path::new("arch")) && dir != Path::new(ARCHITECTURE);
    !is_other_architecture && !OTHERS.iter().any(|other| dir == Path::new(other))
}

/// A path without `..`.
pub fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            component => normal.push(component),
        }
    }
    normal
}
