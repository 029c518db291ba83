// SPDX-License-Identifier: GPL-2.0

//! The patches that are installed: kept for each kernel release in `/var/lib/klpctl/RELEASE`, in the order in which they are
//! loaded.
//!
//! `order` names the files, the first one first. Each change writes it aside and renames it; files that it does not name do
//! not count, and are removed with the next change.

pub mod guard;

use crate::{
    bytes::LIMIT,
    elf::Elf,
    patch::{self, Patch, Replace},
    running::{
        obstacle::{Obstacle, Reason},
        rundir,
        system::module_name,
    },
};
use anyhow::{Context, Result};
use rustix::fs::OFlags;
use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

const DIR: &str = "var/lib/klpctl";
const ORDER: &str = "order";

/// Where they are.
pub struct Store {
    /// What is above `var` and `etc`: `/`, or another system's root by `KLPCTL_ROOT`.
    pub root: PathBuf,
}

/// One that is installed.
pub struct Installed {
    /// Its file's name.
    pub file: String,
    /// What was read.
    pub bytes: Vec<u8>,
    /// What it is.
    pub patch: Patch,
}

impl Store {
    /// That of this system, or of the one in `KLPCTL_ROOT`.
    pub fn open() -> Self {
        let root =
            std::env::var_os("KLPCTL_ROOT").map_or_else(|| PathBuf::from("/"), PathBuf::from);
        Self { root }
    }

    /// The directory.
    pub fn dir(&self) -> PathBuf {
        self.root.join(DIR)
    }

    fn of(&self, release: &str) -> Result<PathBuf> {
        Ok(self.dir().join(release_name(release)?))
    }

    /// All that are installed for a release, in their order; older ones among them.
    pub fn all(&self, release: &str) -> Result<Vec<Installed>> {
        let dir = self.of(release)?;
        let order = match fs::read_to_string(dir.join(ORDER)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            order => order.with_context(|| format!("cannot read {}", dir.join(ORDER).display()))?,
        };
        rundir::check(&self.dir())?;
        rundir::check(&dir)?;
        order.lines().map(|file| read(&dir, file)).collect()
    }

    /// Those that are to be in force.
    pub fn current(&self, release: &str) -> Result<Vec<Installed>> {
        Ok(current(self.all(release)?))
    }

    /// Puts one behind the others; whether it was not the last before.
    pub fn add(&self, release: &str, bytes: &[u8], patch: &Patch) -> Result<bool> {
        let dir = self.of(release)?;
        rundir::make(&self.dir())?;
        rundir::make(&dir)?;
        let mut files = self.files(release)?;
        let file = file_name(patch)?;
        if files.last() == Some(&file) && read(&dir, &file).is_ok_and(|known| known.bytes == bytes)
        {
            return Ok(false);
        }
        write(&dir, &file, bytes)?;
        files.retain(|known| *known != file);
        files.push(file);
        self.set(&dir, &files)?;
        Ok(true)
    }

    /// Takes files away.
    pub fn remove(&self, release: &str, gone: &[String]) -> Result<()> {
        let mut files = self.files(release)?;
        files.retain(|file| !gone.contains(file));
        self.set(&self.of(release)?, &files)
    }

    fn files(&self, release: &str) -> Result<Vec<String>> {
        Ok(self
            .all(release)?
            .into_iter()
            .map(|installed| installed.file)
            .collect())
    }

    fn set(&self, dir: &Path, files: &[String]) -> Result<()> {
        let order: Vec<_> = files.iter().map(|file| format!("{file}\n")).collect();
        write(dir, ORDER, order.concat().as_bytes())?;
        for entry in fs::read_dir(dir)?.filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name != ORDER && !files.contains(&name) {
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(())
    }
}

/// A cumulative one takes the place of those before it, and a newer build that of an older one.
pub fn current(all: Vec<Installed>) -> Vec<Installed> {
    let mut current: Vec<Installed> = Vec::new();
    for installed in all {
        match installed.patch.replace {
            Replace::Yes => current.clear(),
            _ => current.retain(|known| known.patch.name != installed.patch.name),
        }
        current.push(installed);
    }
    current
}

/// A kernel's release, which becomes a part of paths.
pub fn release_name(release: &str) -> Result<&str, Obstacle> {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"._+~-".contains(&byte);
    match !release.is_empty()
        && release.len() < 65
        && !release.starts_with('.')
        && release.bytes().all(is_good)
    {
        true => Ok(release),
        false => Err(Obstacle::new(
            Reason::BadName,
            format!("'{}' is no kernel's release", crate::show::clean(release)),
        )),
    }
}

/// The release that a patch is for.
pub fn release_of(patch: &Patch) -> Result<String> {
    let vermagic = patch.vermagic.as_deref().unwrap_or_default();
    Ok(release_name(vermagic.split(' ').next().unwrap_or_default())?.to_owned())
}

/// Two builds of one name have different files.
fn file_name(patch: &Patch) -> Result<String, Obstacle> {
    let name = module_name(&patch.name)?;
    let build = patch.build_id.as_ref().or(patch.srcversion.as_ref());
    let build: String = build
        .map_or("unknown", String::as_str)
        .chars()
        .take(16)
        .collect();
    Ok(format!("{name}@{build}.ko"))
}

/// The name of a file in a directory of its release.
fn plain_name(file: &str) -> Result<&str, Obstacle> {
    let is_good = |byte: u8| byte.is_ascii_graphic() && byte != b'/';
    match file.ends_with(".ko")
        && !file.starts_with('.')
        && file.len() < 128
        && file.bytes().all(is_good)
    {
        true => Ok(file),
        false => Err(Obstacle::new(
            Reason::BadName,
            format!(
                "'{}' is no name of an installed patch's file",
                crate::show::clean(file)
            ),
        )),
    }
}

fn read(dir: &Path, file: &str) -> Result<Installed> {
    let path = dir.join(plain_name(file)?);
    let open = || -> Result<Vec<u8>> {
        let handle = OpenOptions::new()
            .read(true)
            .custom_flags((OFlags::NOFOLLOW | OFlags::CLOEXEC).bits() as i32)
            .open(&path)?;
        let found = handle.metadata()?;
        let own = rustix::process::geteuid().as_raw();
        if !found.is_file() || found.mode() & 0o022 != 0 || ![0, own].contains(&found.uid()) {
            return Err(Obstacle::new(
                Reason::UnsafeDirectory,
                "others than root may have written to it, so that it is not trusted",
            )
            .help("install it again")
            .into());
        }
        let mut bytes = Vec::new();
        handle.take(LIMIT).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = open().with_context(|| path.display().to_string())?;
    let patch = Elf::parse(&bytes)
        .map_err(patch::Error::from)
        .and_then(|elf| patch::read(&elf));
    Ok(Installed {
        file: file.to_owned(),
        patch: patch.with_context(|| path.display().to_string())?,
        bytes,
    })
}

/// The old content or the new one, whatever happens; on the disk when this returns.
fn write(dir: &Path, name: &str, content: &[u8]) -> Result<()> {
    let aside = dir.join(format!("{name}.new"));
    let _ = fs::remove_file(&aside);
    let write = || -> std::io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o644)
            .open(&aside)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&aside, dir.join(name))?;
        File::open(dir)?.sync_all()
    };
    write().with_context(|| format!("cannot write {}", dir.join(name).display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed(name: &str, file: &str, replace: Replace) -> Installed {
        Installed {
            file: file.into(),
            bytes: Vec::new(),
            patch: Patch {
                name: name.into(),
                replace,
                ..Patch::default()
            },
        }
    }

    fn is_current(all: Vec<Installed>) -> Vec<String> {
        current(all)
            .into_iter()
            .map(|installed| installed.file)
            .collect()
    }

    #[test]
    fn the_newest_builds_since_the_last_cumulative_one_are_current() {
        let all = || {
            vec![
                installed("a", "a@1", Replace::No),
                installed("b", "b@1", Replace::No),
                installed("a", "a@2", Replace::No),
            ]
        };
        assert_eq!(is_current(all()), ["b@1", "a@2"]);
        let mut more = all();
        more.push(installed("all", "all@1", Replace::Yes));
        more.push(installed("c", "c@1", Replace::No));
        assert_eq!(is_current(more), ["all@1", "c@1"]);
    }

    #[test]
    fn a_release_or_a_file_that_is_a_path_is_refused() {
        for release in ["", "..", "../x", "a/b", "7.3 4", ".hidden"] {
            assert!(release_name(release).is_err(), "{release}");
        }
        assert!(release_name("7.3.4+deb13-amd64").is_ok());
        for file in ["../x.ko", "/etc/passwd", "a/b.ko"] {
            let error = read(Path::new("/nowhere"), file).err().unwrap();
            assert_eq!(
                error.downcast_ref::<Obstacle>().unwrap().reason,
                Reason::BadName
            );
        }
    }

    #[test]
    fn what_others_may_write_to_is_not_read() {
        use std::os::unix::fs::PermissionsExt;
        let dir = std::env::temp_dir().join(format!("klpctl-store-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        write(&dir, "a@1.ko", b"x").unwrap();
        fs::set_permissions(dir.join("a@1.ko"), fs::Permissions::from_mode(0o666)).unwrap();
        let error = read(&dir, "a@1.ko").err().unwrap();
        assert_eq!(
            error.downcast_ref::<Obstacle>().unwrap().reason,
            Reason::UnsafeDirectory
        );
        fs::remove_dir_all(dir).unwrap();
    }
}
