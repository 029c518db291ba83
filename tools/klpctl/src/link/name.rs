// SPDX-License-Identifier: GPL-2.0

//! Names that the kernel's livepatch loader reads.

use super::Error;
use crate::rules::{MODULE_NAME_LIMIT, SYMBOL_NAME_LIMIT};

const PREFIX: &[u8] = b".klp.sym.";

/// Whether a symbol is one that the kernel is to look up by its name.
pub(super) fn is_klp(symbol: &[u8]) -> bool {
    symbol.starts_with(PREFIX)
}

/// The object in `.klp.sym.OBJECT.SYMBOL,POSITION`.
pub(super) fn object_of(name: &[u8]) -> Result<String, Error> {
    parse(name).ok_or_else(|| Error::Name(String::from_utf8_lossy(name).into_owned()))
}

fn parse(name: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(name.strip_prefix(PREFIX)?).ok()?;
    let (object, name) = name.split_once('.')?;
    let (symbol, position) = name.split_once(',')?;
    position.parse::<u64>().ok()?;
    let fits = (1..MODULE_NAME_LIMIT).contains(&object.len())
        && (1..SYMBOL_NAME_LIMIT).contains(&symbol.len());
    fits.then(|| object.to_owned())
}

/// The section with relocations of `section` to symbols of `object`.
pub(super) fn section(object: &str, section: &[u8]) -> Vec<u8> {
    [format!(".klp.rela.{object}.").as_bytes(), section].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_the_kernel_reads_them() {
        assert_eq!(object_of(b".klp.sym.vmlinux.a.b.0,12").unwrap(), "vmlinux");
        for wrong in [
            ".klp.sym.vmlinux",
            ".klp.sym.vmlinux.",
            ".klp.sym..a,0",
            ".klp.sym.vmlinux.a",
            ".klp.sym.vmlinux.a,",
            ".klp.sym.vmlinux.a,-1",
            ".klp.sym.vmlinux.,0",
            ".klp.sym.vmlinux.a,0x",
            &format!(".klp.sym.{}.a,0", "m".repeat(56)),
            &format!(".klp.sym.m.{},0", "a".repeat(512)),
        ] {
            assert!(object_of(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
