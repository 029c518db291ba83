// SPDX-License-Identifier: GPL-2.0

//! The kernel's files about livepatches, as they are at that moment, and what is done by them.

use super::obstacle::{Obstacle, Reason};
use crate::patch::{self, Patch};
use anyhow::{Context, Result};
use rustix::system;
use serde::Serialize;
use std::{
    ffi::{CStr, CString},
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

/// `MODULE_NAME_LEN`: the first length of a module's name that is too long.
const NAME_LIMIT: usize = crate::rules::MODULE_NAME_LIMIT;

/// What changes the kernel; tests have another.
pub trait Acts {
    /// Loads a module from memory, with its parameters.
    fn insert(&self, image: &[u8], parameters: &CStr) -> io::Result<()>;
    /// Unloads a module that nothing uses.
    fn remove(&self, module: &CStr) -> io::Result<()>;
    /// Writes to a file in sysfs.
    fn write(&self, file: &Path, value: &str) -> io::Result<()>;
    /// Waits a little.
    fn pause(&self);
}

struct Kernel;

impl Acts for Kernel {
    fn insert(&self, image: &[u8], parameters: &CStr) -> io::Result<()> {
        Ok(system::init_module(image, parameters)?)
    }

    fn remove(&self, module: &CStr) -> io::Result<()> {
        const O_NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits() as i32;
        Ok(system::delete_module(module, O_NONBLOCK)?)
    }

    fn write(&self, file: &Path, value: &str) -> io::Result<()> {
        fs::OpenOptions::new()
            .write(true)
            .open(file)
            .and_then(|mut file| io::Write::write_all(&mut file, value.as_bytes()))
    }

    fn pause(&self) {
        thread::sleep(Duration::from_millis(100));
    }
}

/// The running system.
pub struct System {
    /// Where its files are: `/`, but for tests.
    pub root: PathBuf,
    /// What changes it.
    pub acts: Box<dyn Acts>,
}

/// Where a transition leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// To the patch's functions.
    Patching,
    /// Away from them.
    Unpatching,
}

impl Direction {
    /// The other one.
    pub fn reversed(self) -> Self {
        match self {
            Self::Patching => Self::Unpatching,
            Self::Unpatching => Self::Patching,
        }
    }

    /// What `enabled` has.
    pub fn value(self) -> &'static str {
        match self {
            Self::Patching => "1",
            Self::Unpatching => "0",
        }
    }
}

/// A transition that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pending {
    /// The patch.
    pub patch: String,
    /// Where it leads.
    pub direction: Direction,
}

/// A livepatch's module that stays behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leftover {
    /// Its name.
    pub module: String,
    /// What keeps it from being removed, as the kernel counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<i64>,
    /// Whether it is not to be removed, by its author's word.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub kept: bool,
}

impl System {
    /// The one that runs.
    pub fn running() -> Self {
        Self {
            root: PathBuf::from("/"),
            acts: Box::new(Kernel),
        }
    }

    /// Where the kernel has its livepatches.
    fn livepatches(&self) -> PathBuf {
        self.root.join("sys/kernel/livepatch")
    }

    fn module(&self, name: &str) -> PathBuf {
        self.root.join("sys/module").join(name)
    }

    /// Fails where there are no livepatches at all.
    pub fn has_livepatches(&self) -> Result<(), Obstacle> {
        match self.livepatches().is_dir() {
            true => Ok(()),
            false => Err(Obstacle::new(
                Reason::NoLivepatch,
                "this kernel has no livepatches: /sys/kernel/livepatch is not there",
            )
            .help("boot a kernel with CONFIG_LIVEPATCH, as Debian's; sysfs has to be mounted")),
        }
    }

    /// Those that are in force or in transition, in the order in which they were loaded where the kernel says.
    pub fn patches(&self) -> Result<Vec<Patch>> {
        self.has_livepatches()?;
        patch::in_force(&self.root)
    }

    /// Where a patch's `enabled` leads, and whether tasks still have to follow; `None` if there is no such patch.
    pub fn motion(&self, name: &str) -> Option<(Direction, bool)> {
        let flag = |file: &str| {
            let text = fs::read_to_string(self.livepatches().join(name).join(file)).ok()?;
            Some(text.trim() == "1")
        };
        let (enabled, transition) = (flag("enabled")?, flag("transition")?);
        let direction = match enabled {
            true => Direction::Patching,
            false => Direction::Unpatching,
        };
        Some((direction, transition))
    }

    /// The transition that has not ended; there is one at a time.
    pub fn pending(&self) -> Option<Pending> {
        let dirs = fs::read_dir(self.livepatches()).ok()?;
        let names = dirs.filter_map(|dir| dir.ok()?.file_name().into_string().ok());
        names
            .filter_map(|patch| match self.motion(&patch)? {
                (direction, true) => Some(Pending { patch, direction }),
                _ => None,
            })
            .next()
    }

    /// Whether a module of that name is loaded.
    pub fn has_module(&self, name: &str) -> bool {
        self.module(name).join("initstate").exists()
    }

    /// How many use a module, by the kernel's count.
    pub fn users(&self, name: &str) -> Option<i64> {
        let text = fs::read_to_string(self.module(name).join("refcnt")).ok()?;
        text.trim().parse().ok()
    }

    /// Livepatches' modules without a patch in force: it was disabled, or replaced.
    pub fn leftovers(&self) -> Result<Vec<Leftover>> {
        let mut left = Vec::new();
        for module in patch::modules(&self.root)? {
            let taint = fs::read_to_string(self.module(&module).join("taint"));
            let is_livepatch = taint.is_ok_and(|taint| taint.contains('K'));
            let state = fs::read_to_string(self.module(&module).join("initstate"));
            let is_live = state.is_ok_and(|state| state.trim() == "live");
            if is_livepatch && is_live && self.motion(&module).is_none() {
                let users = self.users(&module);
                let kept = patch::is_kept(&self.root, &module);
                left.push(Leftover {
                    module,
                    users,
                    kept,
                });
            }
        }
        left.sort_by(|a, b| a.module.cmp(&b.module));
        Ok(left)
    }

    /// Enables or disables a patch, or reverses its transition.
    pub fn turn(&self, name: &str, to: Direction) -> Result<()> {
        let file = self.livepatches().join(name).join("enabled");
        self.acts
            .write(&file, to.value())
            .with_context(|| format!("cannot write {} to {}", to.value(), file.display()))
    }

    /// Ends a transition without the tasks that hold it.
    pub fn force(&self, name: &str) -> Result<()> {
        let file = self.livepatches().join(name).join("force");
        self.acts
            .write(&file, "1")
            .with_context(|| format!("cannot write 1 to {}", file.display()))
    }

    /// Unloads a module that nothing uses.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        self.acts.remove(&CString::new(name)?)
    }
}

/// The name of a module, as the kernel may have it. It becomes a part of paths.
pub fn module_name(name: &str) -> Result<&str, Obstacle> {
    let is_good = !name.is_empty()
        && name.len() < NAME_LIMIT
        && !name.starts_with('.')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'/');
    match is_good {
        true => Ok(name),
        false => Err(Obstacle::new(
            Reason::BadName,
            format!("'{}' is no module's name", crate::show::clean(name)),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_a_path_is_refused() {
        for name in [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "a b",
            "a\n",
            "ä",
            &"x".repeat(NAME_LIMIT),
        ] {
            assert!(module_name(name).is_err(), "{name}");
        }
        assert!(module_name("livepatch_sample").is_ok());
    }
}
