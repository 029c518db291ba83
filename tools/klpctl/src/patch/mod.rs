// SPDX-License-Identifier: GPL-2.0

//! A livepatch as all commands see it, wherever it was read from.

mod about;
mod describe;
mod file;
mod loaded;
mod signature;
mod state;
mod symbol;
mod tables;

pub use about::{fault_in_date, fault_in_fix, fault_in_version, About};
pub use describe::{of_source_line, relying_line, target_line, NOTE};
pub use file::read;
pub use loaded::{in_force, is_kept, loaded, modules};
pub use signature::{Key, Signature, Signer};
pub use state::{State, StateData};
pub use symbol::{is_original, Symbol};
pub use tables::find_patch;

use crate::{
    bytes,
    elf::{Elf, Place},
};
use anyhow::{Context, Result};
use serde::Serialize;
use std::{fmt, path::Path};

/// A patch by its file, or by its name if it is loaded.
pub fn find(name: &str) -> Result<Patch> {
    let path = Path::new(name);
    if is_name(name) {
        return loaded(Path::new("/"), name);
    }
    let bytes = bytes::read(path)?;
    Elf::parse(&bytes)
        .map_err(Error::from)
        .and_then(|elf| read(&elf))
        .with_context(|| name.to_owned())
}

/// Whether it is a patch's name rather than a file's.
pub fn is_name(name: &str) -> bool {
    !Path::new(name).is_file() && !name.contains(['/', '.'])
}

/// Why no livepatch can be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is none.
    #[error(transparent)]
    Elf(#[from] crate::elf::Error),
    /// It has no table of functions.
    #[error(
        "no livepatch: it has neither a description of itself, nor a struct klp_patch in its \
        data, nor the sections .init.klp_objects or .kpatch.funcs"
    )]
    NoLivepatch,
    /// It has no table of functions in the file.
    #[error(
        "a livepatch whose tables cannot be read from the file: it makes them when it is loaded, and does \
        not describe itself; load it where nothing can break, and give its name instead"
    )]
    MadeWhenLoaded,
    /// A table is broken.
    #[error("{table} at {section}+{offset:#x} is damaged: {why}; build the module again")]
    Table {
        /// Which table.
        table: &'static str,
        /// The section that it is in.
        section: String,
        /// Where it is in the section.
        offset: u64,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The description is of a form that is not known.
    #[error(
        "the module's description of itself has version {0}, and this klpctl reads up to {known}: \
        use a newer klpctl",
        known = describe::VERSION
    )]
    Newer(u32),
    /// A line of the description is broken.
    #[error("the description has a line that cannot be read: '{0}'; build the module again")]
    Description(String),
}

/// A livepatch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Patch {
    /// The module's name.
    pub name: String,
    /// Where its tables were read from.
    pub source: Source,
    /// Whether it replaces all others.
    pub replace: Replace,
    /// Whether its module cannot be removed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub kept: bool,
    /// What it says of itself.
    #[serde(flatten)]
    pub about: About,
    /// What it is for, in its author's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The licence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// Who wrote it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// What can be given to it when it is loaded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// What it patches, in the order of its tables.
    pub objects: Vec<Object>,
    /// Its states; `None` where they cannot be known.
    pub states: Option<Vec<State>>,
    /// The ids of the shadow variables that it says belong to its states.
    pub shadows: Vec<u64>,
    /// Where its source says that a replacement is not written yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unfinished: Vec<String>,
    /// The builds of modules that it was made for, as far as that was found out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub made_for: Vec<ModuleBuild>,
    /// Symbols of other objects that the kernel resolves when it is loaded.
    pub symbols: Vec<Symbol>,
    /// The kernel that it is for, as `modinfo` has it.
    pub vermagic: Option<String>,
    /// Whether it is marked as a livepatch (`livepatch=Y`).
    pub marked: bool,
    /// The modules that it depends on.
    pub depends: Vec<String>,
    /// The sum over its source.
    pub srcversion: Option<String>,
    /// Who has signed the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
    /// What it taints the kernel with, as sysfs has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taint: Option<String>,
    /// The linker's build id, in hexadecimal.
    pub build_id: Option<String>,
    /// The state of a loaded patch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
}

/// A build of a module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModuleBuild {
    /// The module's name.
    pub module: String,
    /// The linker's build id, in hexadecimal.
    pub build_id: String,
}

/// Where a patch's tables were read from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The module's description of itself.
    #[default]
    Description,
    /// The kernel's structs in the module's data.
    Tables,
    /// The `.init.klp_objects` section of klp-build.
    KlpBuild,
    /// The `.kpatch.funcs` section of kpatch.
    Kpatch,
    /// The kernel's files in sysfs, which know of no states.
    Sysfs,
}

/// Whether a patch replaces all others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Replace {
    /// It does: a cumulative patch.
    Yes,
    /// It does not.
    #[default]
    No,
    /// It is decided when the module is loaded; with what is known of how.
    WhenLoaded(String),
}

/// What is patched in one object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Object {
    /// The module's name, or `vmlinux`.
    pub name: String,
    /// The functions that are replaced.
    pub functions: Vec<Function>,
    /// What is called when that happens and when it ends.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub callbacks: Vec<&'static str>,
}

/// A module's parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A function that is replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Which one of that name it is, from 1; 0 where there must be only one.
    pub sympos: u64,
    /// Its prototype as the patch declares it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prototype: Option<String>,
    /// Whether 'klpctl patch' found it to be the original's in the source, as the kernel's type information lacks it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_of_source: bool,
    /// What its replacement is written in, where that is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<Form>,
    /// Whether its replacement may call it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub calls_original: bool,
    /// The callers that rely on what the compiler saw of it, where that was found out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relying: Option<Vec<String>>,
    /// What replaces it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replacement: Option<Replacement>,
}

impl Function {
    /// The prototype of what the compiler made of a function, which only its callers know.
    pub const UNWRITTEN: &'static str = "(..)";

    /// Whether it is a form that the compiler made of a function, such as `f.isra.0`.
    pub fn is_named_by_the_compiler(&self) -> bool {
        self.name.contains('.')
    }

    /// Whether what was compiled of C replaces such a form, for the same callers.
    pub fn is_made_by_the_compiler(&self) -> bool {
        self.is_named_by_the_compiler()
            && self.form == Some(Form::C)
            && self.prototype.as_deref() == Some(Self::UNWRITTEN)
    }
}

/// What a replacement is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// In Rust, behind a trampoline.
    Rust,
    /// In C, entered directly.
    C,
}

/// A function that replaces another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replacement {
    /// Its symbol.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Where it is in the file.
    #[serde(skip)]
    pub place: Place,
    /// What does the work, if the replacement is a trampoline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
}

/// The function that a trampoline calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Body {
    /// Its size in bytes.
    pub size: u64,
    /// Where it is in the file.
    #[serde(skip)]
    pub place: Place,
}

/// The state of a loaded patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Whether it is in force, or about to be.
    pub enabled: bool,
    /// Whether tasks still have to switch.
    pub transition: bool,
    /// Which one it is in the order in which they were loaded, where the kernel says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<u64>,
}

impl Patch {
    /// All functions, each with the name of its object.
    pub fn functions(&self) -> impl Iterator<Item = (&str, &Function)> {
        self.objects.iter().flat_map(|object| {
            object
                .functions
                .iter()
                .map(|function| (object.name.as_str(), function))
        })
    }

    /// Whether it replaces a function of an object.
    pub fn replaces(&self, object: &str, function: &Function) -> bool {
        self.functions()
            .any(|(of, own)| of == object && own.is(function))
    }

    /// Whether anything of it runs when it is enabled or disabled, if that is known.
    pub fn has_callbacks(&self) -> Option<bool> {
        let has = |object: &Object| !object.callbacks.is_empty();
        (self.source == Source::Tables).then(|| self.objects.iter().any(has))
    }

    /// The functions whose replacements are in Rust. Descriptions that do not say so are older than
    /// replacements in C.
    pub fn rust_functions(&self) -> impl Iterator<Item = (&str, &Function)> {
        self.functions()
            .filter(|(_, function)| match function.form {
                Some(form) => form == Form::Rust,
                None => function.prototype.is_some(),
            })
    }

    /// Adds a function to its object, which is added where it is new.
    fn add(&mut self, object: &str, function: Function) {
        let known = self.objects.iter_mut().rev();
        match known.into_iter().find(|known| known.name == object) {
            Some(known) => known.functions.push(function),
            None => self.objects.push(Object {
                name: object.to_owned(),
                functions: vec![function],
                callbacks: Vec::new(),
            }),
        }
    }
}

impl Function {
    /// Reads `object:function` or `object:function,sympos`.
    pub fn parse(text: &str) -> Option<(&str, Self)> {
        let (object, rest) = text.split_once(':')?;
        let (name, sympos) = match rest.split_once(',') {
            Some((name, sympos)) => (name, sympos.parse().ok()?),
            None => (rest, 0),
        };
        let function = Self {
            name: name.to_owned(),
            sympos,
            ..Default::default()
        };
        (!object.is_empty() && !name.is_empty()).then_some((object, function))
    }

    /// Whether both are the same function of an object.
    pub fn is(&self, other: &Self) -> bool {
        self.name == other.name && self.position() == other.position()
    }

    /// The position, where 0 and 1 are one as they are to the kernel.
    pub fn position(&self) -> u64 {
        self.sympos.max(1)
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sympos {
            0 => f.write_str(&self.name),
            n => write!(f, "{},{n}", self.name),
        }
    }
}

impl fmt::Display for Replace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yes => f.write_str("yes"),
            Self::No => f.write_str("no"),
            Self::WhenLoaded(how) => write!(f, "decided when it is loaded: {how}"),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Description => "the module's description of itself",
            Self::Tables => "the kernel's structs in the module's data",
            Self::KlpBuild => "klp-build's section .init.klp_objects",
            Self::Kpatch => "kpatch's section .kpatch.funcs",
            Self::Sysfs => "sysfs",
        })
    }
}
