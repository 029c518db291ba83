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
    let types = types.context("the kernel has no type information: CONFIG_DEBUG_INFO_BTF is off");
    Ok(Object {
        symbols,
        btf: types.and_then(|types| Btf::parse(&types)),
    })
}

fn symbols(image: &Image) -> Result<Symbols> {
    let table = kallsyms::read(image)?;
    let marks = table.first_of(&[&SITES, Regions::MARKS.as_flattened()].concat());
    let mark = |name: &str| marks.get(name).copied();
    let sites = sites(image, mark)?;
    let regions = Regions::new(mark);
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
    let ends = ends(&table.addresses);
    Ok(table.entries().zip(ends).map(symbol).collect())
}

const SITES: [&str; 2] = ["__start_mcount_loc", "__stop_mcount_loc"];

fn sites(image: &Image, mark: impl Fn(&str) -> Option<u64>) -> Result<Vec<u64>> {
    let [start, stop] = SITES.map(mark);
    let (start, stop) = start.zip(stop).context(
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
