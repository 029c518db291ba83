// SPDX-License-Identifier: GPL-2.0

//! `klpctl link`: the file is replaced by the linked one, in one step.

use crate::{exit::Exit, interrupt::Partial, link, progress};
use anyhow::{bail, Context, Result};
use std::{
    fs,
    io::{self, Write},
    path::Path,
};

/// No livepatch is that large.
const MAX_SIZE: u64 = 32 << 20;

/// Links the module files.
pub fn run(modules: &[impl AsRef<Path>]) -> Result<Exit> {
    let count = modules.len();
    progress::step(&format!("link {count} modules"), || {
        modules.iter().map(AsRef::as_ref).try_for_each(|module| {
            link(module).with_context(|| format!("{} is not linked", module.display()))
        })
    })?;
    Ok(Exit::Ok)
}

fn link(module: &Path) -> Result<()> {
    let file = fs::metadata(module)?;
    if !file.is_file() || file.len() > MAX_SIZE {
        bail!(
            "it is no file of at most {} MiB; give the .ko that the build made",
            MAX_SIZE >> 20
        );
    }
    if let Some(linked) = link::link(&fs::read(module)?)? {
        replace(module, &linked, file.permissions()).context("it cannot be written")?;
    }
    Ok(())
}

/// Replaces a file in one step: a run that is interrupted leaves it as it was.
pub fn replace(path: &Path, contents: &[u8], permissions: fs::Permissions) -> io::Result<()> {
    let (partial, mut file) = Partial::file(path)?;
    file.write_all(contents)?;
    file.set_permissions(permissions)?;
    partial.finish(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_is_replaced_with_its_permissions_and_nothing_else_is_left() {
        let dir = std::env::temp_dir().join(format!("klpctl-link-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let file = dir.join("a.ko");
        fs::write(&file, "old").unwrap();
        replace(&file, b"new", fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o640
        );
        replace(&dir, b"new", fs::Permissions::from_mode(0o640)).unwrap_err();
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
        assert!(!dir
            .with_extension(format!("{}.partial", std::process::id()))
            .exists());
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn what_is_no_module_is_an_error() {
        let error = link(Path::new("/dev/zero")).unwrap_err().to_string();
        assert!(error.contains("it is no file of at most 32 MiB"), "{error}");
        let error = run(&["/nonesuch.ko"]).unwrap_err().to_string();
        assert_eq!(error, "/nonesuch.ko is not linked");
    }
}
