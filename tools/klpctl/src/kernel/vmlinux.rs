// SPDX-License-Identifier: GPL-2.0

//! What an image has: its symbols, which of them ftrace can trace, and its types.

use super::{
    image::Image,
    kallsyms,
    regions::Regions,
    sites::{ends, site},
    symbol::ENDBR64,
    Kind, Object, Size, Start, Symbol, Symbols,
};
use crate::types::Btf;
use anyhow::{Context, Result};

/// Reads an image's symbols and types, the types when the image, which is large, is no longer needed.
pub fn read(image: Image) -> Result<Object> {
    let symbols = symbols(&image)?;
    let types = image.section(".BTF").map(<[u8]>::to_vec);
    drop(image);
    let types =
        types.context("the kernel has no type information: CONFIG_DEBUG_INFO_BTF is off");
    Ok(Object {
        symbols,
        btf: types.and_then(|types| Btf::parse(&types)),
    })
}

fn symbols(image: &Image) -> Result<Symbols> {
    let entries = kallsyms::read(image)?;
    let sites = sites(image, &entries)?;
    let addresses: Vec<_> = entries.iter().map(|entry| entry.address).collect();
    let regions = Regions::new(|name| address(&entries, name));
    let symbol = |(entry, end): (kallsyms::Entry, Option<u64>)| {
        let kind = regions.kind(entry.kind, entry.address);
        let site = site(&sites, entry.address, end).filter(|_| kind == Kind::Function);
        let is_marked =
            || image.at(entry.address..entry.address.saturating_add(4)) == Some(&ENDBR64);
        Symbol {
            name: entry.name,
            kind,
            is_traced: Some(site.is_some()),
            address: Some(entry.address),
            section: None,
            size: end.map_or(Size::Unknown, |end| Size::AtMost(end - entry.address)),
            start: site.map_or(Start::Unknown, |site| Start::of(site, is_marked())),
        }
    };
    Ok(entries
        .into_iter()
        .zip(ends(&addresses))
        .map(symbol)
        .collect())
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
