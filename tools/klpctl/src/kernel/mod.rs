// SPDX-License-Identifier: GPL-2.0

//! A kernel that a patch is checked against: an image with its modules' files, or the running one.

mod holders;
mod image;
mod kallsyms;
mod listed;
mod module;
mod modules;
mod regions;
pub mod running;
mod signing;
mod sites;
mod symbol;
mod vmlinux;

use crate::{
    bytes,
    elf::Elf,
    types::{Btf, Type},
};
use anyhow::{bail, Context, Result};
use image::Image;
use std::path::{Path, PathBuf};

pub use holders::{Attached, Holder};
pub use image::Image as KernelImage;
pub use kallsyms::read as read_kallsyms;
pub use modules::Modules;
pub use running::attached;
pub use signing::{demand, has_key, Demand};
pub use symbol::{Kind, Language, Size, Start, Symbol, Symbols};

/// A kernel.
pub struct Kernel {
    /// What it was read from.
    pub origin: String,
    /// Its release.
    pub release: String,
    /// What modules must have as `vermagic`, where that is known.
    pub vermagic: Option<String>,
    image: Option<PathBuf>,
    vmlinux: Object,
    modules: Modules,
    /// Whether it runs, so that modules are what is loaded.
    is_running: bool,
}

/// The kernel or a module: what a patch can replace and refer to.
pub struct Object {
    /// Its symbols, in the order in which the kernel counts those of one name.
    pub symbols: Symbols,
    /// Its types; why there are none.
    pub btf: Result<Btf>,
}

impl Object {
    /// The symbols of a name.
    pub fn named<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Symbol> {
        self.symbols.named(name)
    }

    /// What one of its functions is written in.
    pub fn language(&self, function: &Symbol) -> Language {
        let has_types = || {
            let btf = self.btf.as_ref().ok()?;
            let prototype = btf.function(&function.name).ok()??;
            Some(!prototype.arguments.is_empty() || prototype.result != Type::Void)
        };
        match function.kind {
            Kind::Assembly => Language::Assembly,
            _ if function.is_rust() => Language::Rust,
            _ if function.is_traced == Some(true) || has_types() == Some(true) => Language::C,
            _ => Language::Unknown,
        }
    }
}

impl Kernel {
    /// A kernel from a directory: a prepared tree, one that was built in, or one with `vmlinuz`.
    pub fn in_dir(dir: &Path) -> Result<Self> {
        let mut kernel = Self::of_image(&image_in(dir)?)?;
        kernel.modules = Modules::below(modules_in(dir));
        Ok(kernel)
    }

    /// A kernel from its image.
    pub fn of_image(file: &Path) -> Result<Self> {
        let read = || -> Result<Self> {
            let image = Image::parse(bytes::read(file)?)?;
            let (release, vermagic) = image.release()?;
            Ok(Self {
                origin: file.display().to_string(),
                image: Some(file.to_owned()),
                vermagic,
                vmlinux: vmlinux::read(image)?,
                modules: installed(&release),
                is_running: false,
                release,
            })
        };
        read().with_context(|| format!("{}: it cannot be read as a kernel", file.display()))
    }

    /// A kernel without modules.
    pub fn of_object(release: &str, vmlinux: Object) -> Self {
        Self {
            origin: "memory".to_owned(),
            image: None,
            release: release.to_owned(),
            vermagic: None,
            vmlinux,
            modules: Modules::default(),
            is_running: false,
        }
    }

    /// The running kernel.
    pub fn running() -> Result<Self> {
        let root = Path::new("/");
        let release = running::release(root)?;
        Ok(Self {
            origin: "the running kernel".to_owned(),
            image: None,
            vermagic: None,
            vmlinux: running::object(root, None)?,
            modules: installed(&release),
            is_running: true,
            release,
        })
    }

    /// Looks for modules' files below these directories first.
    pub fn with_modules(mut self, dirs: &[PathBuf]) -> Result<Self> {
        self.modules.prefer(dirs)?;
        Ok(self)
    }

    /// Looks for modules' files beside a patch's file last.
    pub fn also_beside(&mut self, patch: &Path) {
        let dir = patch.parent().unwrap_or(Path::new(""));
        self.modules.fall_back_to(Path::new(".").join(dir));
    }

    /// The kernel itself.
    pub fn vmlinux(&self) -> &Object {
        &self.vmlinux
    }

    /// One of its modules; `None` if it has no module of that name.
    pub fn module(&self, name: &str) -> Result<Option<Object>> {
        if self.is_running {
            let object = running::object(Path::new("/"), Some(name))?;
            if !object.symbols.is_empty() {
                return Ok(Some(object));
            }
        }
        if self.modules.is_nowhere() {
            bail!(
                "where the modules of {} are is not known: give --modules",
                self.release
            );
        }
        let Some(file) = self.modules.files(name)?.first() else {
            return Ok(None);
        };
        module::read(file, self.vmlinux.btf.as_ref().ok()).map(Some)
    }

    /// The files of a module: the one that it is read from, and others of that name beside it. One that is loaded is
    /// read from none.
    pub fn module_files(&self, name: &str) -> &[PathBuf] {
        if self.is_running && Path::new("/sys/module").join(name).is_dir() {
            return &[];
        }
        self.modules.files(name).unwrap_or_default()
    }

    /// The build id of a module, in hexadecimal: of the one that is loaded, or else of its file.
    pub fn build_id(&self, module: &str) -> Option<String> {
        if self.is_running {
            if let Some(loaded) = running::build_id(Path::new("/"), module) {
                return Some(loaded);
            }
        }
        file_build_id(self.modules.files(module).ok()?.first()?)
    }

    /// The file of its image; none if it runs, as it was changed since.
    pub fn image(&self) -> Option<&Path> {
        self.image.as_deref()
    }

    /// Its modules' files.
    pub fn modules(&self) -> &Modules {
        &self.modules
    }
}

/// The image in a directory.
pub fn image_in(dir: &Path) -> Result<PathBuf> {
    let candidates = ["vmlinuz", "arch/x86/boot/bzImage", "../vmlinuz", "vmlinux"];
    let image = candidates
        .iter()
        .map(|name| dir.join(name))
        .find(|file| file.is_file());
    image.with_context(|| {
        format!(
            "{}: no kernel, it has none of {}; give the directory that the kernel was \
            built in, or --vmlinux",
            dir.display(),
            candidates.join(", ")
        )
    })
}

/// The file of a module of the kernel in a directory, the one that is loaded; none if it has no
/// module of that name.
pub fn module_in(dir: &Path, name: &str) -> Result<Option<PathBuf>> {
    let modules = Modules::below(modules_in(dir));
    Ok(modules.files(name)?.first().cloned())
}

/// The build id of a module's file, in hexadecimal.
pub fn file_build_id(file: &Path) -> Option<String> {
    let bytes = bytes::read(file).ok()?;
    Elf::parse(&bytes).ok()?.build_id()
}

/// Where the modules of the kernel in a directory are.
fn modules_in(dir: &Path) -> PathBuf {
    let mut candidates = ["modules", "../modules"].iter().map(|name| dir.join(name));
    candidates
        .find(|modules| modules.is_dir())
        .unwrap_or_else(|| dir.to_owned())
}

fn installed(release: &str) -> Modules {
    let dir = PathBuf::from("/lib/modules").join(release);
    match dir.is_dir() {
        true => Modules::below(dir),
        false => Modules::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_site_and_no_types_may_be_assembly() {
        let object = Object {
            symbols: Symbols::default(),
            btf: Err(anyhow::anyhow!("none")),
        };
        let symbol = |name: &str, kind, is_traced| {
            object.language(&Symbol {
                name: name.to_owned(),
                kind,
                is_traced: Some(is_traced),
                ..Symbol::default()
            })
        };
        assert_eq!(symbol("traced", Kind::Function, true), Language::C);
        assert_eq!(symbol("memcpy", Kind::Function, false), Language::Unknown);
        assert_eq!(symbol("_RNv1a", Kind::Function, false), Language::Rust);
        assert_eq!(symbol("label", Kind::Assembly, false), Language::Assembly);
    }
}
