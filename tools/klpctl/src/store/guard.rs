// SPDX-License-Identifier: GPL-2.0

//! What keeps installed patches from being loaded at boot: two switches, and a boot that ended badly.
//!
//! Before an installed patch is loaded, `loading` notes it, with the boot's id. A clean shutdown, and some time that has
//! passed, remove that note. If it is there from another boot, that one ended uncleanly soon after the patch was loaded: it is
//! held back from then on, until somebody loads it by its name. Those that an earlier boot has gone well with are not suspected
//! as long as there are others.

use super::{write, Store};
use crate::running::rundir;
use anyhow::Result;
use std::{fs, path::Path};

const LOADING: &str = "loading";
const HELD: &str = "held";
const PROVEN: &str = "proven";
/// The word on the kernel's command line.
pub const WORD: &str = "klpctl=off";
/// The file.
pub const FILE: &str = "etc/klpctl/off";

/// Why nothing is to be loaded, if it is switched off.
pub fn switch(system: &Path, root: &Path) -> Option<String> {
    let line = fs::read_to_string(system.join("proc/cmdline")).unwrap_or_default();
    if line.split_whitespace().any(|word| word == WORD) {
        return Some(format!("{WORD} is on the kernel's command line"));
    }
    let file = root.join(FILE);
    file.symlink_metadata()
        .is_ok()
        .then(|| format!("{} is there", file.display()))
}

/// The marks of a store, in one boot.
pub struct Guard<'s> {
    store: &'s Store,
    boot: String,
}

impl<'s> Guard<'s> {
    /// Of this boot.
    pub fn new(store: &'s Store, system: &Path) -> Self {
        let boot = fs::read_to_string(system.join("proc/sys/kernel/random/boot_id"));
        Self {
            store,
            boot: boot.unwrap_or_default().trim().to_owned(),
        }
    }

    /// Holds back what was loaded in a boot that ended badly.
    pub fn recover(&self) -> Result<()> {
        let crashed = self.crashed();
        if !crashed.is_empty() {
            let mut held = self.lines(HELD);
            held.extend(crashed);
            self.set(HELD, held)?;
            self.forget();
        }
        Ok(())
    }

    /// What is held back, or is going to be: `RELEASE/FILE`.
    pub fn held(&self) -> Vec<String> {
        let mut held = self.lines(HELD);
        held.extend(self.crashed());
        held
    }

    /// What another boot has ended badly with.
    fn crashed(&self) -> Vec<String> {
        let (boot, loaded) = self.loading();
        if boot.is_none_or(|boot| boot == self.boot) {
            return Vec::new();
        }
        let proven = self.lines(PROVEN);
        let is_new = |what: &&String| !proven.contains(what);
        let suspects: Vec<_> = loaded.iter().filter(is_new).cloned().collect();
        match suspects.is_empty() {
            true => loaded,
            false => suspects,
        }
    }

    /// The boot that was noted, and what was loaded in it.
    fn loading(&self) -> (Option<String>, Vec<String>) {
        let mut lines = self.lines(LOADING).into_iter();
        (lines.next(), lines.collect())
    }

    /// Notes that a patch is about to be loaded.
    pub fn begin(&self, what: &str) -> Result<()> {
        let mut lines = self.lines(LOADING);
        if lines.first() != Some(&self.boot) {
            lines = vec![self.boot.clone()];
        }
        if !lines.iter().any(|line| line == what) {
            lines.push(what.to_owned());
        }
        self.set(LOADING, lines)
    }

    /// It was refused, and did no harm.
    pub fn refused(&self, what: &str) -> Result<()> {
        let mut lines = self.lines(LOADING);
        lines.retain(|line| line != what);
        self.set(LOADING, lines)
    }

    /// Somebody wants it.
    pub fn release(&self, what: &str) -> Result<()> {
        let mut held = self.lines(HELD);
        let before = held.len();
        held.retain(|line| line != what);
        match held.len() == before {
            true => Ok(()),
            false => self.set(HELD, held),
        }
    }

    /// The boot has gone well, and what was loaded in it is proven.
    pub fn settle(&self) -> Result<()> {
        let mut proven = self.lines(PROVEN);
        let (_, loaded) = self.loading();
        let new: Vec<_> = loaded
            .into_iter()
            .filter(|what| !proven.contains(what))
            .collect();
        if !new.is_empty() {
            proven.extend(new);
            self.set(PROVEN, proven)?;
        }
        self.forget();
        Ok(())
    }

    fn forget(&self) {
        let _ = fs::remove_file(self.store.dir().join(LOADING));
    }

    fn lines(&self, file: &str) -> Vec<String> {
        let text = fs::read_to_string(self.store.dir().join(file)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn set(&self, file: &str, lines: Vec<String>) -> Result<()> {
        rundir::make(&self.store.dir())?;
        let text: Vec<_> = lines.iter().map(|line| format!("{line}\n")).collect();
        write(&self.store.dir(), file, text.concat().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    struct Root(PathBuf);

    impl Root {
        fn new(test: &str) -> Self {
            let root =
                Self(std::env::temp_dir().join(format!("klpctl-{test}-{}", std::process::id())));
            let _ = fs::remove_dir_all(&root.0);
            root.boot("one");
            root
        }

        fn file(&self, path: &str, text: &str) {
            let path = self.0.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn boot(&self, id: &str) {
            self.file("proc/sys/kernel/random/boot_id", id);
        }
    }

    impl Drop for Root {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn what_was_loaded_before_a_crash_is_held_until_somebody_wants_it() {
        let root = Root::new("guard");
        let store = Store {
            root: root.0.clone(),
        };
        let guard = || Guard::new(&store, &root.0);
        guard().begin("7.3/a@1.ko").unwrap();
        guard().begin("7.3/b@1.ko").unwrap();
        guard().refused("7.3/b@1.ko").unwrap();
        guard().recover().unwrap();
        assert!(guard().held().is_empty());
        root.boot("two");
        assert_eq!(guard().held(), ["7.3/a@1.ko"]);
        guard().recover().unwrap();
        guard().begin("7.3/c@1.ko").unwrap();
        assert_eq!(guard().held(), ["7.3/a@1.ko"]);
        guard().release("7.3/a@1.ko").unwrap();
        guard().settle().unwrap();
        root.boot("three");
        guard().recover().unwrap();
        assert!(guard().held().is_empty());
    }

    #[test]
    fn what_is_proven_is_not_suspected_beside_something_new() {
        let root = Root::new("proven");
        let store = Store {
            root: root.0.clone(),
        };
        let guard = || Guard::new(&store, &root.0);
        guard().begin("7.3/a@1.ko").unwrap();
        guard().settle().unwrap();
        root.boot("two");
        guard().begin("7.3/a@1.ko").unwrap();
        guard().begin("7.3/b@1.ko").unwrap();
        root.boot("three");
        guard().recover().unwrap();
        assert_eq!(guard().held(), ["7.3/b@1.ko"]);
        guard().begin("7.3/a@1.ko").unwrap();
        root.boot("four");
        assert_eq!(guard().held(), ["7.3/b@1.ko", "7.3/a@1.ko"]);
    }

    #[test]
    fn either_switch_is_enough() {
        let root = Root::new("switch");
        let is_off = || switch(&root.0, &root.0).is_some();
        root.file("proc/cmdline", "quiet klpctl=official\n");
        assert!(!is_off());
        root.file("proc/cmdline", "quiet klpctl=off\n");
        assert!(is_off());
        root.file("proc/cmdline", "quiet\n");
        root.file(FILE, "");
        assert!(is_off());
    }
}
