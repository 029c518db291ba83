// SPDX-License-Identifier: GPL-2.0

//! A symbol that a patch uses although it is not exported.

use serde::Serialize;

/// A symbol of another object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Symbol {
    /// The object that has it.
    pub object: String,
    /// Its name.
    pub name: String,
    /// Which one of that name it is, from 1; 0 where there must be only one.
    pub sympos: u64,
    /// Whether the file has it in the form that the kernel resolves.
    pub linked: bool,
}

impl Symbol {
    /// Reads `.klp.sym.object.name,sympos`, of a file that is not linked.
    pub fn parse(text: &str) -> Option<Self> {
        let (object, rest) = text.strip_prefix(".klp.sym.")?.split_once('.')?;
        let (name, sympos) = rest.rsplit_once(',')?;
        Some(Self {
            object: object.to_owned(),
            name: name.to_owned(),
            sympos: sympos.parse().ok()?,
            linked: false,
        })
    }
}

/// Whether a symbol is one of those that a replacement reaches the original by, past where the kernel redirects it.
pub fn is_original(label: &str) -> bool {
    const PARTS: [&str; 3] = ["start", "plain", "marked"];
    let part = label.rsplit_once(".original.").map(|(_, part)| part);
    part.is_some_and(|part| PARTS.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_of_another_object_has_three_parts() {
        let symbol = Symbol::parse(".klp.sym.vmlinux.vfs_read.part.0,2").unwrap();
        assert_eq!(
            (symbol.object.as_str(), symbol.name.as_str(), symbol.sympos),
            ("vmlinux", "vfs_read.part.0", 2)
        );
        for text in [
            "vmlinux.f,0",
            ".klp.sym.vmlinux",
            ".klp.sym.vmlinux.f",
            ".klp.sym.vmlinux.f,x",
        ] {
            assert_eq!(Symbol::parse(text), None, "{text}");
        }
    }
}
