// SPDX-License-Identifier: GPL-2.0

//! What an image has: its symbols, which of them ftrace can trace, and its types.

use super::{image::Image, kallsyms, regions::Regions, Kind, Object, Size, Symbol};
use crate::types::Btf;
use anyhow::{Context, Result};

/// Reads an image's symbols and types.
pub fn read(image: &Image) -> Result<Object> {
    let entries = kallsyms::read(image)?;
    let sites = sites(image, &entries)?;
    let regions = Regions::new(|name| address(&entries, name));
    let symbol = |(entry, end): (&kallsyms::Entry, Option<u64>)| {
        let kind = regions.kind(entry.kind, entry.address);
        Symbol {
            name: entry.name.clone(),
            kind,
            is_traced: kind == Kind::Function && has_site(&sites, entry.address, end),
            address: Some(entry.address),
            section: None,
            size: end.map_or(Size::Unknown, |end| Size::AtMost(end - entry.address)),
        }
    };
    let btf = image
        .section(".BTF")
        .context("the kernel has no type information: CONFIG_DEBUG_INFO_BTF is off");
    Ok(Object {
        symbols: entries.iter().zip(ends(&entries)).map(symbol).collect(),
        btf: btf.and_then(Btf::parse),
    })
}

/// Where each symbol ends at the latest: where one at another address begins.
fn ends(entries: &[kallsyms::Entry]) -> Vec<Option<u64>> {
    let mut ends = vec![None; entries.len()];
    for i in (1..entries.len()).rev() {
        let (address, next) = (entries[i - 1].address, entries[i].address);
        ends[i - 1] = if next > address { Some(next) } else { ends[i] };
    }
    ends
}

/// The kernel takes a site anywhere up to the next symbol for a function's own: after an `endbr64` it is 4 bytes on.
fn has_site(sites: &[u64], start: u64, end: Option<u64>) -> bool {
    let first = sites.partition_point(|&site| site < start);
    let site = sites.get(first);
    site.is_some_and(|&site| end.is_some_and(|end| site < end))
}

fn address(entries: &[kallsyms::Entry], name: &str) -> Option<u64> {
    let entry = entries.iter().find(|entry| entry.name == name)?;
    Some(entry.address)
}

fn sites(image: &Image, entries: &[kallsyms::Entry]) -> Result<Vec<u64>> {
    let range = address(entries, "__start_mcount_loc").zip(address(entries, "__stop_mcount_loc"));
    let (start, stop) = range.context(
        "it has no ftrace sites: CONFIG_DYNAMIC_FTRACE is off, and \
        there are no livepatches without it",
    )?;
    let bytes = image
        .at(start..stop)
        .context("its table of ftrace sites is outside of it")?;
    let mut sites: Vec<_> = bytes
        .chunks_exact(8)
        .map(|site| u64::from_le_bytes(site.try_into().expect("8 bytes")))
        .collect();
    sites.sort_unstable();
    Ok(sites)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_end_where_the_next_address_begins() {
        let entry = |address| kallsyms::Entry {
            address,
            kind: b't',
            name: String::new(),
        };
        let found = ends(&[entry(1), entry(4), entry(4), entry(9)]);
        assert_eq!(found, [Some(4), Some(9), Some(9), None]);
    }

    #[test]
    fn a_site_after_endbr64_is_the_functions_and_the_next_functions_is_not() {
        let sites = [0x1004, 0x1020];
        assert!(has_site(&sites, 0x1000, Some(0x1010)));
        assert!(!has_site(&sites, 0x1010, Some(0x1020)));
        assert!(has_site(&sites, 0x1020, Some(0x1030)));
        assert!(!has_site(&sites, 0x1020, None));
    }
}
