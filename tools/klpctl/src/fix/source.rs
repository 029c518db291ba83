// SPDX-License-Identifier: GPL-2.0

//! The source with a fix in it, beside the kernel's own, which stays as it is.

use super::{
    code_files,
    diff::{changes, Change},
    lines::{numbered, Resumed},
    Refusal,
};
use crate::{
    bytes,
    tree::{Over, Tree},
};
use anyhow::{ensure, Context, Result};
use std::{
    fs,
    path::{Component, Path, PathBuf},
};

/// Files that a fix changes.
pub struct Patched {
    /// Below the kernel's source.
    pub files: Vec<String>,
    dir: PathBuf,
}

impl Patched {
    /// Applies patches, one after the other, below a directory.
    pub fn apply(patches: &[PathBuf], tree: &Tree, scratch: &Path) -> Result<Self> {
        let dir = scratch.join("source");
        let mut all = Vec::new();
        for (number, patch) in patches.iter().enumerate() {
            let text = bytes::read(patch)?;
            let changes = changes(&String::from_utf8_lossy(&text));
            copy_originals(&changes, tree, &dir)?;
            let copy = scratch.join(format!("{number}.patch"));
            fs::write(&copy, &text)?;
            apply(patch, &copy, tree, &dir, scratch)?;
            all.extend(changes);
        }
        let files = code_files(&all)?;
        let patched = Self { files, dir };
        patched.number_lines(tree, scratch)?;
        Ok(patched)
    }

    /// The changed file.
    pub fn file(&self, path: &str) -> PathBuf {
        self.dir.join(path)
    }

    /// The changed files, over those of the source.
    pub fn over(&self, tree: &Tree) -> Vec<Over> {
        let over = self.files.iter().map(|path| Over {
            file: self.dir.join(path),
            place: tree.source.join(path),
        });
        over.collect()
    }

    fn number_lines(&self, tree: &Tree, scratch: &Path) -> Result<()> {
        for path in &self.files {
            let file = self.dir.join(path);
            let pairs = tree.run(
                &format!(
                    "diff --unchanged-group-format= --changed-group-format=\"%dm %dM%c'\\\\012'\" '{}' '{}' || [ $? = 1 ]",
                    tree.source.join(path).display(),
                    file.display()
                ),
                &[],
                &[scratch],
            )?;
            let text = String::from_utf8_lossy(&fs::read(&file)?).into_owned();
            fs::write(&file, numbered(&text, &Resumed::parse_all(&pairs)))?;
        }
        Ok(())
    }
}

/// The files as they are before the patch; those that an earlier one has changed are there.
fn copy_originals(changes: &[Change], tree: &Tree, dir: &Path) -> Result<()> {
    code_files(changes)?;
    for change in changes {
        let Change::Edit(path) = change else { continue };
        let is_inside = Path::new(path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        ensure!(is_inside, "{path}: it is not below the kernel's source");
        let (original, copy) = (tree.source.join(path), dir.join(path));
        if copy.exists() {
            continue;
        }
        if !original.is_file() {
            return Err(Refusal::NoFile(path.clone()).into());
        }
        fs::create_dir_all(copy.parent().context("a file without directory")?)?;
        fs::copy(&original, &copy)?;
    }
    Ok(())
}

/// Without fuzz, and only if it applies in whole.
fn apply(patch: &Path, copy: &Path, tree: &Tree, dir: &Path, scratch: &Path) -> Result<()> {
    let script = format!(
        "cd '{}'
        try() {{ patch -p1 -F0 --force --batch --no-backup-if-mismatch -r - \"$@\" <'{}' 2>&1; }}
        if says=$(try --dry-run); then
            if says=$(try); then echo applied; else printf '%s\\n' \"$says\"; fi
        elif try -R --dry-run >/dev/null; then echo already
        else printf '%s\\n' \"$says\"; fi",
        dir.display(),
        copy.display()
    );
    let says = tree.run(&script, &[], &[scratch])?;
    let name = patch.display().to_string();
    match says.trim() {
        "applied" => Ok(()),
        "already" => Err(Refusal::AlreadyThere(name).into()),
        _ => Err(Refusal::DoesNotApply {
            patch: name,
            why: first_failure(&says),
        }
        .into()),
    }
}

fn first_failure(says: &str) -> String {
    let mut file = "";
    for line in says.lines() {
        let names = ["checking file ", "patching file "];
        if let Some(name) = names.iter().find_map(|start| line.strip_prefix(start)) {
            file = name;
        }
        if line.contains("FAILED") || line.contains("malformed") {
            return format!("{file}: {}", line.trim());
        }
    }
    says.lines()
        .last()
        .unwrap_or("patch says nothing")
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_hunk_that_fails_is_named_with_its_file() {
        let says = "checking file fs/a.c\nHunk #1 succeeded at 3.\nchecking file fs/b.c\nHunk #2 FAILED at 12.\n";
        assert_eq!(first_failure(says), "fs/b.c: Hunk #2 FAILED at 12.");
    }
}
