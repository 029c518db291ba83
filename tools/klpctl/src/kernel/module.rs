// SPDX-License-Identifier: GPL-2.0

//! A module's file: its functions, which of them ftrace can trace, and their types.

use super::{symbol::ENDBR64, Kind, Object, Size, Start, Symbol, Symbols};
use crate::{
    bytes,
    elf::{Elf, Place, Target},
    types::Btf,
};
use anyhow::{Context, Result};
use object::{
    elf,
    read::elf::{ElfSection64, ElfSymbol64},
    LittleEndian, Object as _, ObjectSection, ObjectSymbol, SectionFlags, SymbolKind,
};
use std::{collections::HashMap, path::Path, sync::Arc};

/// Reads a module.
pub fn read(file: &Path, vmlinux: Option<&Btf>) -> Result<Object> {
    let bytes = bytes::read(file)?;
    let elf = Elf::parse(&bytes).with_context(|| file.display().to_string())?;
    Ok(Object {
        symbols: symbols(&elf),
        btf: types(&elf, vmlinux),
    })
}

/// The symbols that the kernel keeps of a module: those of its sections in memory.
fn symbols(elf: &Elf<'_>) -> Symbols {
    let sites = sites(elf);
    let sections = sections(elf);
    let symbol = |symbol: ElfSymbol64<'_, '_, LittleEndian>| {
        let index = symbol.section_index()?;
        let section = sections.get(&index.0)?;
        let place = Place {
            section: index.0,
            offset: symbol.address(),
        };
        let kind = kind(section, symbol.kind());
        let name = symbol.name().ok().filter(|name| !name.is_empty())?;
        let site = site(&sites, place, symbol.size()).filter(|_| kind == Kind::Function);
        let is_marked = || elf.read(place) == Some(ENDBR64);
        Some(Symbol {
            name: name.to_owned(),
            kind,
            is_traced: Some(site.is_some()),
            address: Some(place.offset),
            section: Some(section.name.clone()),
            size: match symbol.size() {
                0 => Size::Unknown,
                size => Size::Exact(size),
            },
            start: site.map_or(Start::Unknown, |site| Start::of(site, is_marked())),
        })
    };
    elf.file().symbols().filter_map(symbol).collect()
}

/// Where ftrace can trace, in order.
fn sites(elf: &Elf<'_>) -> Vec<Place> {
    let mut sites: Vec<Place> = elf.section("__mcount_loc").map_or(Vec::new(), |section| {
        let table = Place { section, offset: 0 };
        let inside = |(_, target)| match target {
            Target::Inside(place) => Some(place),
            Target::Outside(_) => None,
        };
        elf.references(table, elf.size(section))
            .filter_map(inside)
            .collect()
    });
    sites.sort_unstable();
    sites
}

/// How far a function's site is from its beginning.
fn site(sites: &[Place], start: Place, size: u64) -> Option<u64> {
    let first = sites.partition_point(|&site| site < start);
    let site = sites.get(first)?;
    let distance = site.offset.wrapping_sub(start.offset);
    (site.section == start.section && distance < size).then_some(distance)
}

struct Section {
    name: Arc<str>,
    is_code: bool,
    is_written: bool,
}

/// The sections that are in memory, by their index.
fn sections(elf: &Elf<'_>) -> HashMap<usize, Section> {
    let section = |section: ElfSection64<'_, '_, LittleEndian>| {
        let SectionFlags::Elf { sh_flags, .. } = section.flags() else {
            return None;
        };
        let known = Section {
            name: section.name().ok()?.into(),
            is_code: sh_flags.contains(elf::SHF_EXECINSTR),
            is_written: sh_flags.contains(elf::SHF_WRITE),
        };
        sh_flags
            .contains(elf::SHF_ALLOC)
            .then_some((section.index().0, known))
    };
    elf.file().sections().filter_map(section).collect()
}

/// As the kernel's loader goes by the names of sections.
fn kind(section: &Section, symbol: SymbolKind) -> Kind {
    let is_init = section.name.starts_with(".init");
    match (section.is_code, symbol) {
        (true, _) if is_init => Kind::Init,
        (true, SymbolKind::Text) => Kind::Function,
        (true, SymbolKind::Data) => Kind::ReadOnly,
        (true, _) => Kind::Assembly,
        (false, _) if is_init => Kind::InitData,
        (false, _) if &*section.name == ".data..percpu" => Kind::PerCpu,
        (false, _) if !section.is_written || AFTER_INIT.contains(&&*section.name) => Kind::ReadOnly,
        (false, _) => Kind::Data,
    }
}

/// What the loader makes read-only when a module's init function has returned.
const AFTER_INIT: [&str; 3] = [".data..ro_after_init", "__jump_table", ".static_call_sites"];

/// A module's types stand on those of its kernel, or on the part of them that it brings along.
fn types(elf: &Elf<'_>, vmlinux: Option<&Btf>) -> Result<Btf> {
    let own = elf
        .section(".BTF")
        .context("the module has no type information (section .BTF)")?;
    match elf.section(".BTF.base") {
        Some(base) => Btf::parse_split(elf.bytes(own), &Btf::parse(elf.bytes(base))?),
        None => Btf::parse_split(
            elf.bytes(own),
            vmlinux.context("the module's types stand on the kernel's, which has none")?,
        ),
    }
}
