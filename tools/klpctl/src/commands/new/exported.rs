// SPDX-License-Identifier: GPL-2.0

//! What the kernel and its modules export.

use crate::bytes;
use anyhow::Result;
use std::{collections::HashMap, path::Path};

/// Who exports what, but for what is exported to some modules only.
#[derive(Debug, Default)]
pub struct Exported(HashMap<String, String>);

impl Exported {
    /// Reads `Module.symvers` of a prepared tree.
    pub fn of(kdir: &Path) -> Result<Self> {
        let text = bytes::read(&kdir.join("Module.symvers"))?;
        Ok(Self::parse(&String::from_utf8_lossy(&text)))
    }

    /// `CRC NAME EXPORTER KIND NAMESPACE`, between tabs.
    fn parse(text: &str) -> Self {
        let line = |line: &str| {
            let mut fields = line.split('\t').skip(1);
            let (name, by) = (fields.next()?, fields.next()?);
            let namespace = fields.nth(1).unwrap_or_default();
            let by = by.rsplit('/').next()?.replace('-', "_");
            namespace.trim().is_empty().then(|| (name.to_owned(), by))
        };
        Self(text.lines().filter_map(line).collect())
    }

    /// Whether code of another object than `object` may use it without further ado: what the patched module exports
    /// would have to be there before the livepatch.
    pub fn has(&self, name: &str, object: &str) -> bool {
        self.0
            .get(name)
            .is_some_and(|by| by == "vmlinux" || by != object)
    }

    /// The module that exports it, if it is one.
    pub fn module(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|by| *by != "vmlinux")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_some_modules_may_use_is_not_exported() {
        let exported = Exported::parse(
            "0x0\ta\tvmlinux\tEXPORT_SYMBOL\t\n0x0\tb\tvmlinux\tEXPORT_SYMBOL_GPL\tNS\n0x0\tc\tdrivers/x/my-mod\tEXPORT_SYMBOL\t\n",
        );
        assert!(exported.has("a", "vmlinux") && !exported.has("b", "vmlinux"));
        assert!(exported.has("c", "other") && !exported.has("c", "my_mod"));
        assert_eq!(exported.module("c"), Some("my_mod"));
    }
}
