// SPDX-License-Identifier: GPL-2.0

//! A symbol of the kernel or of a module, and what it is.

use foldhash::fast::FixedState;
use std::{hash::BuildHasher, ops::Deref, sync::Arc};

/// A symbol of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Whether ftrace can trace it, if that is known.
    pub is_traced: Option<bool>,
    /// Its address; in a module's file the offset in its section. `None` where addresses are hidden.
    pub address: Option<u64>,
    /// The section that it is in, in a module's file.
    pub section: Option<Arc<str>>,
    /// How large it is.
    pub size: Size,
    /// How it begins.
    pub start: Start,
}

/// What a symbol is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A function. In an image, which does not tell them apart, it may be one in assembly.
    #[default]
    Function,
    /// A function that is gone after initialisation.
    Init,
    /// Code that is no function to a compiler: a label in assembly.
    Assembly,
    /// A variable.
    Data,
    /// Data that cannot be written to once the kernel, or the module, runs.
    ReadOnly,
    /// Data that is gone after initialisation.
    InitData,
    /// A variable that each processor has one of; the symbol's address is none of them.
    PerCpu,
    /// A number, at which there is nothing.
    Absolute,
}

/// What a function is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// C, so that its types are what BTF says.
    C,
    /// Rust, which has no ftrace sites and no types in BTF.
    Rust,
    /// Assembly for certain.
    Assembly,
    /// C that cannot be traced and takes and returns nothing, or assembly, which BTF has as such functions, whatever
    /// they take and where.
    Unknown,
}

/// How large a symbol is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    /// That is not known.
    #[default]
    Unknown,
    /// So many bytes.
    Exact(u64),
    /// Not more bytes than these, after which another symbol begins.
    AtMost(u64),
}

/// How a function begins, in front of which the kernel redirects it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// That is not known, or it cannot be traced.
    #[default]
    Unknown,
    /// With its ftrace site.
    Site,
    /// With an `endbr64`, then its ftrace site.
    Marked,
    /// With something else; the site comes after so many bytes.
    Other(u64),
}

impl Start {
    /// By how far the ftrace site is from the function's beginning, and whether that is an `endbr64`.
    pub fn of(site: u64, is_marked: bool) -> Self {
        match site {
            0 => Self::Site,
            4 if is_marked => Self::Marked,
            _ => Self::Other(site),
        }
    }
}

/// The instruction that a function begins with to which indirect branches may lead.
pub const ENDBR64: [u8; 4] = [0xf3, 0x0f, 0x1e, 0xfa];

impl Kind {
    /// Whether it is code.
    pub fn is_code(self) -> bool {
        matches!(self, Self::Function | Self::Init | Self::Assembly)
    }

    /// Whether it is freed after initialisation.
    pub fn is_freed(self) -> bool {
        matches!(self, Self::Init | Self::InitData)
    }
}

impl Symbol {
    /// Whether it has a name of Rust's.
    pub fn is_rust(&self) -> bool {
        self.name.starts_with("_R")
    }
}

/// Symbols, in the order in which the kernel counts those of one name.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    all: Vec<Symbol>,
    /// Each one's index after its name's hash, in order: names that begin alike take long to compare.
    by_hash: Vec<(u32, u32)>,
}

fn hash(name: &str) -> u32 {
    FixedState::default().hash_one(name) as u32
}

impl Symbols {
    /// Those of a name.
    pub fn named<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Symbol> {
        let wanted = hash(name);
        let first = self.by_hash.partition_point(|&(hash, _)| hash < wanted);
        let alike = self.by_hash[first..]
            .iter()
            .take_while(|&&(hash, _)| hash == wanted);
        let found: Vec<_> = alike
            .map(|&(_, index)| &self.all[index as usize])
            .filter(|symbol| symbol.name == name)
            .collect();
        found.into_iter()
    }
}

impl From<Vec<Symbol>> for Symbols {
    fn from(all: Vec<Symbol>) -> Self {
        let hashes = all.iter().map(|symbol| hash(&symbol.name));
        let mut by_hash: Vec<_> = hashes.zip(0..).collect();
        by_hash.sort_unstable();
        Self { all, by_hash }
    }
}

impl<const N: usize> From<[Symbol; N]> for Symbols {
    fn from(all: [Symbol; N]) -> Self {
        Vec::from(all).into()
    }
}

impl FromIterator<Symbol> for Symbols {
    fn from_iter<I: IntoIterator<Item = Symbol>>(all: I) -> Self {
        Vec::from_iter(all).into()
    }
}

impl Deref for Symbols {
    type Target = [Symbol];

    fn deref(&self) -> &[Symbol] {
        &self.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_of_one_name_keep_their_order() {
        let symbol = |name: &str, address| Symbol {
            name: name.to_owned(),
            address: Some(address),
            ..Symbol::default()
        };
        let symbols = Symbols::from([
            symbol("b", 1),
            symbol("a", 2),
            symbol("b", 3),
            symbol("bb", 4),
            symbol("b", 5),
        ]);
        let addresses = |name| -> Vec<_> {
            let found = symbols.named(name);
            found.filter_map(|symbol| symbol.address).collect()
        };
        assert_eq!(addresses("b"), [1, 3, 5]);
        assert_eq!(addresses("a"), [2]);
        assert!(addresses("c").is_empty() && addresses("").is_empty());
    }
}
