// SPDX-License-Identifier: GPL-2.0

//! A module's file: its functions, which of them ftrace can trace, and their types.

use super::{Kind, Object, Symbol};
use crate::{
    bytes,
    elf::{Elf, Place, Target},
    types::Btf,
};
use anyhow::{Context, Result};
use object::{Object as _, ObjectSection, ObjectSymbol, SymbolKind};
use std::path::{Path, PathBuf};

/// A module's file below a directory, compressed or not. `-` and `_` are the same in its name.
pub fn find(dir: &Path, name: &str) -> Result<Option<PathBuf>> {
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        let entries =
            std::fs::read_dir(&dir).with_context(|| format!("cannot list {}", dir.display()))?;
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                dirs.push(entry.path());
            } else if is_module(&entry.file_name().to_string_lossy(), name) {
                return Ok(Some(entry.path()));
            }
        }
    }
    Ok(None)
}

fn is_module(file: &str, name: &str) -> bool {
    let stem = ["", ".xz", ".zst", ".gz"]
        .iter()
        .find_map(|ending| file.strip_suffix(&format!(".ko{ending}")));
    stem.is_some_and(|stem| stem.replace('-', "_") == name)
}

/// Reads a module.
pub fn read(file: &Path, vmlinux: Option<&Btf>) -> Result<Object> {
    let bytes = bytes::read(file)?;
    let elf = Elf::parse(&bytes).with_context(|| file.display().to_string())?;
    Ok(Object {
        symbols: symbols(&elf),
        btf: types(&elf, vmlinux),
    })
}

fn symbols(elf: &Elf<'_>) -> Vec<Symbol> {
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
    let is_traced = |start: Place, size: u64| {
        let first = sites.partition_point(|&site| site < start);
        sites
            .get(first)
            .is_some_and(|site| site.section == start.section && site.offset - start.offset < size)
    };
    elf.file()
        .symbols()
        .filter_map(|symbol| {
            let section = symbol.section_index()?;
            let place = Place {
                section: section.0,
                offset: symbol.address(),
            };
            let is_init = elf
                .file()
                .section_by_index(section)
                .ok()?
                .name()
                .ok()?
                .starts_with(".init");
            let kind = match symbol.kind() {
                SymbolKind::Text if is_init => Kind::Init,
                SymbolKind::Text => Kind::Function,
                _ => Kind::Data,
            };
            let name = symbol
                .name()
                .ok()
                .filter(|name| !name.is_empty())?
                .to_owned();
            Some(Symbol {
                name,
                kind,
                is_traced: kind == Kind::Function && is_traced(place, symbol.size()),
            })
        })
        .collect()
}

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
