// SPDX-License-Identifier: GPL-2.0

//! Where a kernel's modules are, and which file of several modprobe would load.
//!
//! See depmod.d(5), modules.dep(5)

use crate::near;
use anyhow::{bail, Context, Result};
use std::{
    cell::OnceCell,
    collections::{BTreeMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

/// Directories with modules, the first that has one first.
#[derive(Default)]
pub struct Modules(Vec<Dir>);

struct Dir {
    path: PathBuf,
    depth: usize,
    files: OnceCell<Files>,
}

/// The files of each module by its name as the kernel has it, the one that is loaded first.
type Files = BTreeMap<String, Vec<PathBuf>>;

/// No tree of modules is deeper.
const DEEPEST: usize = 32;

impl Modules {
    /// Those below a directory.
    pub fn below(path: PathBuf) -> Self {
        Self(vec![Dir::new(path, DEEPEST)])
    }

    /// Looks below these directories first, which must be there.
    pub fn prefer(&mut self, paths: &[PathBuf]) -> Result<()> {
        for path in paths {
            let kind = fs::metadata(path).with_context(|| {
                let near = near::in_parentheses(near::file(path));
                format!("--modules {}{near}: it cannot be read", path.display())
            })?;
            if !kind.is_dir() {
                bail!(
                    "--modules {}: no directory; give the one that the module's .ko is in",
                    path.display()
                );
            }
        }
        let dirs = paths.iter().map(|path| Dir::new(path.clone(), DEEPEST));
        self.0.splice(..0, dirs);
        Ok(())
    }

    /// Looks in a directory, but not below it, last.
    pub fn fall_back_to(&mut self, path: PathBuf) {
        if self.0.iter().all(|dir| dir.path != path) {
            self.0.push(Dir::new(path, 0));
        }
    }

    /// Whether there is no place to look for one.
    pub fn is_nowhere(&self) -> bool {
        self.0.is_empty()
    }

    /// The files of a module: the one that is loaded, and others of that name.
    pub fn files(&self, name: &str) -> Result<&[PathBuf]> {
        for dir in &self.0 {
            if let Some(files) = dir.files()?.get(name) {
                return Ok(files);
            }
        }
        Ok(&[])
    }

    /// The names of all, as far as the directories can be read.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let files = self.0.iter().filter_map(|dir| dir.files().ok());
        files.flat_map(|files| files.keys().map(String::as_str))
    }

    /// Whether a module is part of the kernel itself.
    pub fn is_built_in(&self, name: &str) -> bool {
        self.0.iter().any(|dir| {
            let list = fs::read_to_string(dir.path.join("modules.builtin")).unwrap_or_default();
            list.lines()
                .any(|line| name_of(Path::new(line)).as_deref() == Some(name))
        })
    }
}

impl Dir {
    fn new(path: PathBuf, depth: usize) -> Self {
        Self {
            path,
            depth,
            files: OnceCell::new(),
        }
    }

    fn files(&self) -> Result<&Files> {
        if let Some(files) = self.files.get() {
            return Ok(files);
        }
        let files = self.read()?;
        Ok(self.files.get_or_init(|| files))
    }

    fn read(&self) -> Result<Files> {
        let mut paths = Vec::new();
        list(&self.path, self.depth, &mut paths)?;
        let loaded = self.dependencies();
        paths.sort_by_cached_key(|path| (!loaded.contains(path), self.rank(path)));
        let mut files = Files::new();
        for path in paths {
            if let Some(name) = name_of(&path) {
                files.entry(name).or_default().push(path);
            }
        }
        Ok(files)
    }

    /// What depmod found to be loaded; nothing where it has not run.
    fn dependencies(&self) -> HashSet<PathBuf> {
        let list = fs::read_to_string(self.path.join("modules.dep")).unwrap_or_default();
        let files = list.lines().filter_map(|line| line.split(':').next());
        files.map(|file| self.path.join(file)).collect()
    }

    /// depmod prefers `updates` if its configuration says nothing else; of what is left it says nothing.
    fn rank(&self, path: &Path) -> (usize, PathBuf) {
        let path = path.strip_prefix(&self.path).unwrap_or(path);
        let order = ["updates", "kernel"];
        let found = order.iter().position(|dir| path.starts_with(dir));
        (found.unwrap_or(order.len()), path.to_owned())
    }
}

fn list(dir: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> Result<()> {
    let cannot = || format!("cannot list {}", dir.display());
    for entry in fs::read_dir(dir).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        if !entry.file_type()?.is_dir() {
            paths.push(entry.path());
        } else if depth > 0 {
            list(&entry.path(), depth - 1, paths)?;
        }
    }
    Ok(())
}

/// The name of a module as the kernel has it, by its file's.
fn name_of(file: &Path) -> Option<String> {
    let file = file.file_name()?.to_str()?;
    let stem = ["", ".xz", ".zst", ".gz"]
        .iter()
        .find_map(|ending| file.strip_suffix(&format!(".ko{ending}")))?;
    Some(stem.replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory that is removed.
    struct Tree(PathBuf);

    impl Tree {
        fn new(name: &str, files: &[(&str, &str)]) -> Self {
            let tree =
                Self(std::env::temp_dir().join(format!("klpctl-{name}-{}", std::process::id())));
            for (file, text) in files {
                let path = tree.0.join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            tree
        }

        fn found(&self, modules: &Modules, name: &str) -> Vec<String> {
            let files = modules.files(name).unwrap().iter();
            files
                .map(|file| file.strip_prefix(&self.0).unwrap().display().to_string())
                .collect()
        }
    }

    impl Drop for Tree {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn updates_go_before_the_kernels_own_and_that_before_others() {
        let tree = Tree::new(
            "updates",
            &[
                ("extra/snd-seq.ko", ""),
                ("kernel/sound/snd-seq.ko.xz", ""),
                ("updates/snd_seq.ko", ""),
                ("kernel/a.ko", ""),
            ],
        );
        let modules = Modules::below(tree.0.clone());
        let all = [
            "updates/snd_seq.ko",
            "kernel/sound/snd-seq.ko.xz",
            "extra/snd-seq.ko",
        ];
        assert_eq!(tree.found(&modules, "snd_seq"), all);
        assert_eq!(tree.found(&modules, "a"), ["kernel/a.ko"]);
        assert!(tree.found(&modules, "b").is_empty());
        assert_eq!(modules.names().collect::<Vec<_>>(), ["a", "snd_seq"]);
    }

    #[test]
    fn what_depmod_found_is_what_is_loaded() {
        let tree = Tree::new(
            "depmod",
            &[
                ("modules.dep", "extra/m.ko: kernel/a.ko\nkernel/a.ko:\n"),
                ("modules.builtin", "kernel/drivers/block/loop-it.ko\n"),
                ("extra/m.ko", ""),
                ("updates/m.ko", ""),
            ],
        );
        let modules = Modules::below(tree.0.clone());
        assert_eq!(tree.found(&modules, "m"), ["extra/m.ko", "updates/m.ko"]);
        assert!(modules.is_built_in("loop_it") && !modules.is_built_in("m"));
    }

    #[test]
    fn directories_are_asked_in_their_order_and_must_be_there() {
        let tree = Tree::new(
            "order",
            &[
                ("kernel/m.ko", ""),
                ("given/m.ko", ""),
                ("beside/m.ko", ""),
                ("beside/n.ko", ""),
                ("beside/below/o.ko", ""),
            ],
        );
        let mut modules = Modules::below(tree.0.join("kernel"));
        modules.fall_back_to(tree.0.join("beside"));
        assert_eq!(tree.found(&modules, "m"), ["kernel/m.ko"]);
        assert_eq!(tree.found(&modules, "n"), ["beside/n.ko"]);
        assert!(tree.found(&modules, "o").is_empty());
        modules.prefer(&[tree.0.join("given")]).unwrap();
        assert_eq!(tree.found(&modules, "m"), ["given/m.ko"]);
        for wrong in ["nowhere", "given/m.ko"] {
            assert!(modules.prefer(&[tree.0.join(wrong)]).is_err(), "{wrong}");
        }
        let mistyped = modules.prefer(&[tree.0.join("givne")]).unwrap_err();
        assert!(mistyped.to_string().contains("did you mean 'given'?"));
    }
}
