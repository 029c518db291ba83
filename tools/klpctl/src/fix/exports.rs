// SPDX-License-Identifier: GPL-2.0

//! What the kernel and its modules export.

use super::symbols::undefined;
use crate::tree::Tree;
use anyhow::{Context, Result};
use std::{
    collections::{BTreeSet, HashMap},
    fs,
};

/// The exported symbols, each with its namespace, which is empty for most.
pub struct Exports(HashMap<String, String>);

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
            Some((name, fields.nth(2).unwrap_or_default().to_owned()))
        };
        Self(text.lines().filter_map(line).collect())
    }

    /// Whether a symbol is exported.
    pub fn has(&self, symbol: &str) -> bool {
        self.0.contains_key(symbol)
    }

    /// The namespaces that an object needs.
    pub fn namespaces(&self, object: &[u8]) -> Result<BTreeSet<String>> {
        let all = undefined(object)?;
        let namespaces = all.iter().filter_map(|symbol| self.0.get(symbol));
        Ok(namespaces
            .filter(|namespace| !namespace.is_empty())
            .cloned()
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_a_namespace_or_none() {
        let exports = Exports::parse("0x0\ta\tvmlinux\tEXPORT_SYMBOL\t\n0x0\tb\tm\tEXPORT_SYMBOL_GPL\tDMA_BUF\n0x0\tc\tm\tEXPORT_SYMBOL\n");
        let namespace = |name: &str| exports.0.get(name).map(String::as_str);
        assert_eq!(namespace("a"), Some(""));
        assert_eq!(namespace("b"), Some("DMA_BUF"));
        assert_eq!(namespace("c"), Some(""));
        assert!(!exports.has("d"));
    }
}
