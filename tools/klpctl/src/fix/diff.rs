// SPDX-License-Identifier: GPL-2.0

//! The files that a patch is about, as `diff` and git name them.

/// What a patch does to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It changes the file.
    Edit(String),
    /// It makes, removes or renames the file.
    Other(String),
}

/// What a patch changes, file by file.
pub fn changes(patch: &str) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let mut lines = patch.lines().peekable();
    let mut left = Hunk::default();
    while let Some(line) = lines.next() {
        if left.takes(line) {
            continue;
        }
        if let Some(hunk) = Hunk::parse(line) {
            left = hunk;
            continue;
        }
        if let Some(path) = ["rename from ", "rename to ", "copy to "]
            .iter()
            .find_map(|start| line.strip_prefix(start))
        {
            changes.push(Change::Other(path.to_owned()));
            continue;
        }
        let (Some(old), Some(new)) = (
            line.strip_prefix("--- ").map(name),
            lines
                .peek()
                .and_then(|next| next.strip_prefix("+++ "))
                .map(name),
        ) else {
            continue;
        };
        let change = match (stripped(old), stripped(new)) {
            (Some(old), Some(new)) if old == new => Change::Edit(new.to_owned()),
            (Some(path), _) | (None, Some(path)) => Change::Other(path.to_owned()),
            (None, None) => continue,
        };
        if !changes.contains(&change) {
            changes.push(change);
        }
    }
    changes
}

/// A name may be followed by a time.
fn name(text: &str) -> &str {
    text.split('\t').next().unwrap_or(text).trim_end()
}

/// Without the first directory, as `patch -p1` has it.
fn stripped(name: &str) -> Option<&str> {
    match name {
        "/dev/null" => None,
        _ => name.split_once('/').map(|(_, path)| path),
    }
}

/// How many lines of a hunk are still to come; a removed line may look like a header.
#[derive(Default)]
struct Hunk {
    old: usize,
    new: usize,
}

impl Hunk {
    /// Reads `@@ -1,2 +3,4 @@`.
    fn parse(line: &str) -> Option<Self> {
        let (ranges, _) = line.strip_prefix("@@ -")?.split_once(" @@")?;
        let (old, new) = ranges.split_once(" +")?;
        let count = |range: &str| match range.split_once(',') {
            Some((_, count)) => count.parse().ok(),
            None => Some(1),
        };
        Some(Self {
            old: count(old)?,
            new: count(new)?,
        })
    }

    fn takes(&mut self, line: &str) -> bool {
        if self.old == 0 && self.new == 0 {
            return false;
        }
        let (old, new) = match line.as_bytes().first() {
            Some(b'-') => (1, 0),
            Some(b'+') => (0, 1),
            Some(b'\\') => (0, 0),
            _ => (1, 1),
        };
        self.old = self.old.saturating_sub(old);
        self.new = self.new.saturating_sub(new);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_those_of_the_headers() {
        let patch = "From: x\n--- \n\ndiff --git a/fs/a.c b/fs/a.c\n--- a/fs/a.c\t2026-01-01\n+++ b/fs/a.c\n@@ -1,2 +1 @@ f\n a\n--- b/no\n\
            @@ -9 +8 @@\n-x\n+++ y\n--- /dev/null\n+++ b/fs/new.c\n@@ -0,0 +1 @@\n+x\n--- a/fs/gone.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n";
        assert_eq!(
            changes(patch),
            [
                Change::Edit("fs/a.c".into()),
                Change::Other("fs/new.c".into()),
                Change::Other("fs/gone.c".into()),
            ]
        );
    }

    #[test]
    fn renames_are_seen() {
        let patch =
            "diff --git a/x.c b/y.c\nsimilarity index 100%\nrename from x.c\nrename to y.c\n";
        assert_eq!(
            changes(patch),
            [Change::Other("x.c".into()), Change::Other("y.c".into())]
        );
    }

    #[test]
    fn what_is_no_patch_changes_nothing() {
        assert_eq!(changes("--- a\nno\n"), []);
    }
}
