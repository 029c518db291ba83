// SPDX-License-Identifier: GPL-2.0

//! What the kernel and its modules export.

use super::symbols::undefined;
use crate::tree::Tree;
use anyhow::{Context, Result};
use std::{
    collections::{BTreeSet, HashMap},
    fs,
};

/// The exported symbols.
pub struct Exports(HashMap<String, Export>);

#[derive(Debug, PartialEq, Eq)]
struct Export {
    is_of_kernel: bool,
    /// Empty for most.
    namespace: String,
}

impl Exports {
    /// Of the kernel that a tree is of.
    pub fn of(tree: &Tree) -> Result<Self> {
        let file = tree.kdir.join("Module.symvers");
        let text =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(Self::parse(&text))
    }

    /// Lines of a checksum, the symbol, who exports it, how, and the namespace.
    fn parse(text: &str) -> Self {
        let line = |line: &str| {
            let mut fields = line.split('\t').skip(1);
            let name = fields.next()?.to_owned();
            let is_of_kernel = fields.next()? == "vmlinux";
            let namespace = fields.nth(1).unwrap_or_default().to_owned();
            let export = Export {
                is_of_kernel,
                namespace,
            };
            Some((name, export))
        };
        Self(text.lines().filter_map(line).collect())
    }

    /// Whether the kernel exports a symbol, which is there then. A module may come later.
    pub fn has_of_kernel(&self, symbol: &str) -> bool {
        self.0.get(symbol).is_some_and(|export| export.is_of_kernel)
    }

    /// The namespaces that an object needs.
    pub fn namespaces(&self, object: &[u8]) -> Result<BTreeSet<String>> {
        let all = undefined(object)?;
        let exports = all.iter().filter_map(|symbol| self.0.get(symbol));
        Ok(exports
            .map(|export| export.namespace.clone())
            .filter(|namespace| !namespace.is_empty())
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_a_namespace_or_none() {
        let exports = Exports::parse("0x0\ta\tvmlinux\tEXPORT_SYMBOL\t\n0x0\tb\tm\tEXPORT_SYMBOL_GPL\tDMA_BUF\n0x0\tc\tm\tEXPORT_SYMBOL\n");
        let namespace = |name: &str| exports.0[name].namespace.as_str();
        assert_eq!(
            [namespace("a"), namespace("b"), namespace("c")],
            ["", "DMA_BUF", ""]
        );
        assert!(exports.has_of_kernel("a"));
        assert!(!exports.has_of_kernel("b"));
        assert!(!exports.has_of_kernel("d"));
    }
}
