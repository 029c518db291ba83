// SPDX-License-Identifier: GPL-2.0

//! What klpctl keeps until the next boot, in `/run/klpctl`: one at a time changes the system, since when a transition is
//! pending, and what was forced.

use super::{
    obstacle::{Obstacle, Reason},
    system::{Direction, Pending},
};
use crate::progress;
use anyhow::{Context, Result};
use rustix::fs::{flock, FlockOperation, OFlags};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

const DIR: &str = "run/klpctl";

/// As long as there is one, no other klpctl changes the system.
pub struct Lock {
    _file: File,
    dir: PathBuf,
}

impl Lock {
    /// Waits for others.
    pub fn take(root: &Path) -> Result<Self> {
        let dir = root.join(DIR);
        make(&dir)?;
        let file = open(&dir.join("lock"))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(rustix::io::Errno::WOULDBLOCK) => {
                progress::say("klpctl: waiting for another klpctl that changes something …");
                flock(&file, FlockOperation::LockExclusive)
            }
            result => result,
        }
        .context("cannot lock /run/klpctl/lock")?;
        Ok(Self { _file: file, dir })
    }

    /// Notes that a transition begins.
    pub fn note_transition(&self, pending: &Pending) {
        let line = format!("{} {} {}\n", pending.patch, word(pending.direction), now());
        let _ = self.write("transition", &line);
    }

    /// Notes that none is pending.
    pub fn note_end(&self) {
        let _ = fs::remove_file(self.dir.join("transition"));
    }

    /// Notes a transition that was seen pending, unless it is known.
    pub fn note_seen(&self, root: &Path, pending: &Pending) {
        if seen_since(root, pending).is_none() {
            self.note_transition(pending);
        }
    }

    /// Notes that the modules of these patches stay for ever.
    pub fn note_forced(&self, pending: &Pending, stay: &[String]) -> Result<()> {
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o644)
            .custom_flags(OFlags::NOFOLLOW.bits() as i32)
            .open(self.dir.join("forced"))?;
        file.write_all(format!("{} {} {}\n", now(), pending.patch, stay.join(",")).as_bytes())?;
        Ok(())
    }

    /// Notes which patches were to be loaded at boot and were not, and why.
    pub fn note_failed(&self, failed: &[(String, String)]) {
        let lines: Vec<_> = failed
            .iter()
            .map(|(patch, why)| format!("{patch} {}\n", why.replace('\n', " ")))
            .collect();
        let _ = self.write("failed", &lines.concat());
    }

    fn write(&self, name: &str, text: &str) -> io::Result<()> {
        let aside = self.dir.join(format!("{name}.new"));
        let _ = fs::remove_file(&aside);
        fs::write(&aside, text)?;
        fs::rename(aside, self.dir.join(name))
    }
}

/// A transition that was forced since boot.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Forced {
    /// When, in seconds after the first of 1970.
    pub at: u64,
    /// Its patch.
    pub patch: String,
    /// Whose modules stay until the next boot.
    pub stay: Vec<String>,
}

/// What was forced by klpctl.
pub fn forced(root: &Path) -> Vec<Forced> {
    let text = fs::read_to_string(root.join(DIR).join("forced")).unwrap_or_default();
    let parse = |line: &str| {
        let mut words = line.splitn(3, ' ');
        let (at, patch, stay) = (words.next()?, words.next()?, words.next()?);
        Some(Forced {
            at: at.parse().ok()?,
            patch: patch.to_owned(),
            stay: stay
                .split(',')
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
        })
    };
    text.lines().filter_map(parse).collect()
}

/// Which patches were to be loaded at boot and were not, and why.
pub fn failed(root: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(root.join(DIR).join("failed")).unwrap_or_default();
    let parse = |line: &str| {
        let (patch, why) = line.split_once(' ')?;
        Some((patch.to_owned(), why.to_owned()))
    };
    text.lines().filter_map(parse).collect()
}

/// Since when klpctl has seen a transition, in seconds after the first of 1970.
pub fn seen_since(root: &Path, pending: &Pending) -> Option<u64> {
    let text = fs::read_to_string(root.join(DIR).join("transition")).ok()?;
    let mut words = text.split_whitespace();
    let is_it = words.next()? == pending.patch && words.next()? == word(pending.direction);
    words.next()?.parse().ok().filter(|_| is_it)
}

/// The seconds after the first of 1970.
pub fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default().as_secs()
}

fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Patching => "patching",
        Direction::Unpatching => "unpatching",
    }
}

/// Makes a directory that only its owner can write to, or sees that it is one.
pub fn make(dir: &Path) -> Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o755).create(dir);
    made.with_context(|| format!("cannot make {}", dir.display()))?;
    check(dir)
}

/// Refuses a directory that others could put something into.
pub fn check(dir: &Path) -> Result<()> {
    let found =
        fs::symlink_metadata(dir).with_context(|| format!("cannot look at {}", dir.display()))?;
    let own = rustix::process::geteuid().as_raw();
    let is_safe = found.is_dir() && [0, own].contains(&found.uid()) && found.mode() & 0o022 == 0;
    if is_safe {
        return Ok(());
    }
    Err(Obstacle::new(
        Reason::UnsafeDirectory,
        format!(
            "{}: others than root may have written there, so that it is not trusted",
            dir.display()
        ),
    )
    .help(format!(
        "look into it, then: chown root {0} && chmod 755 {0}",
        dir.display()
    ))
    .into())
}

fn open(lock: &Path) -> Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .mode(0o600)
        .custom_flags((OFlags::NOFOLLOW | OFlags::CLOEXEC).bits() as i32)
        .open(lock)
        .with_context(|| format!("cannot open {}", lock.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{symlink, PermissionsExt};

    struct Root(PathBuf);

    impl Root {
        fn new(test: &str) -> Self {
            let root = std::env::temp_dir().join(format!("klpctl-{test}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&root);
            fs::create_dir_all(&root).unwrap();
            Self(root)
        }
    }

    impl Drop for Root {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn pending(direction: Direction) -> Pending {
        Pending {
            patch: "fix".into(),
            direction,
        }
    }

    #[test]
    fn a_directory_of_others_is_not_trusted() {
        let root = Root::new("run-others");
        let dir = root.0.join(DIR);
        fs::create_dir_all(&dir).unwrap();
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o777)).unwrap();
        let error = Lock::take(&root.0).err().unwrap();
        let obstacle = error.downcast_ref::<Obstacle>().unwrap();
        assert_eq!(obstacle.reason, Reason::UnsafeDirectory);
        fs::remove_dir(&dir).unwrap();
        symlink("/tmp", &dir).unwrap();
        assert!(Lock::take(&root.0).is_err());
    }

    #[test]
    fn a_link_is_no_lock() {
        let root = Root::new("run-link");
        make(&root.0.join(DIR)).unwrap();
        symlink("/tmp/elsewhere", root.0.join(DIR).join("lock")).unwrap();
        assert!(Lock::take(&root.0).is_err());
    }

    #[test]
    fn one_waits_for_the_other() {
        let root = Root::new("run-lock");
        let lock = Lock::take(&root.0).unwrap();
        let file = open(&root.0.join(DIR).join("lock")).unwrap();
        let try_it = || flock(&file, FlockOperation::NonBlockingLockExclusive);
        assert!(try_it().is_err());
        drop(lock);
        assert!(try_it().is_ok());
    }

    #[test]
    fn a_transition_is_known_by_its_patch_and_direction() {
        let root = Root::new("run-notes");
        let lock = Lock::take(&root.0).unwrap();
        lock.note_transition(&pending(Direction::Patching));
        assert!(seen_since(&root.0, &pending(Direction::Patching)).is_some());
        assert_eq!(seen_since(&root.0, &pending(Direction::Unpatching)), None);
        lock.note_end();
        assert_eq!(seen_since(&root.0, &pending(Direction::Patching)), None);
        lock.note_forced(&pending(Direction::Unpatching), &["fix".into()])
            .unwrap();
        assert_eq!(forced(&root.0)[0].stay, ["fix"]);
    }
}
