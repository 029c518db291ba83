// SPDX-License-Identifier: GPL-2.0

//! What `objtool klp diff` leaves to be done after all other linking: its tables of relocations, and
//! the tombstones that stand in for what they refer to.
//!
//! A relocation is applied when the object is there that the table is named after. That is the
//! patched one also where another module exports the symbol.
//!
//! C source: `tools/objtool/klp-post-link.c`

use super::{bytes, Error, Moved};
use object::{
    build::{
        elf::{Builder, Relocation, SectionData, SectionId, SymbolId},
        Id,
    },
    elf,
};
use std::collections::{BTreeMap, BTreeSet};

const TABLE: &[u8] = b"__klp_relocs.";
const TOMBSTONE: &[u8] = b".klp.tombstone.";
/// `struct klp_reloc`: what is written, what it refers to, the type.
const ENTRY: u64 = 24;
const TYPE: usize = 16;

/// The relocations of the tables, which go.
pub(super) fn take(builder: &mut Builder<'_>) -> Result<Vec<Moved>, Error> {
    let mut moved = Vec::new();
    for (table, object) in tables(builder) {
        let entries = entries(builder, table)?;
        disarm(builder, &entries);
        moved.extend(by_section(builder, &object, entries));
        remove(builder, table);
    }
    remove_tombstones(builder);
    Ok(moved)
}

fn tables(builder: &Builder<'_>) -> Vec<(SectionId, String)> {
    let tables = builder.sections.iter().filter_map(|section| {
        let object = section.name.strip_prefix(TABLE)?;
        Some((section.id(), String::from_utf8_lossy(object).into_owned()))
    });
    tables.collect()
}

/// A relocation, and the section that it is of.
struct Entry {
    section: SectionId,
    relocation: Relocation,
}

fn entries(builder: &Builder<'_>, table: SectionId) -> Result<Vec<Entry>, Error> {
    let section = builder.sections.get(table);
    let name = section.name.to_string();
    let broken = || Error::Table(name.clone());
    let data = bytes(section).ok_or_else(broken)?;
    let mut fields = BTreeMap::new();
    for relocation in relocations_of(builder, table) {
        fields.insert(relocation.r_offset, relocation);
    }
    let mut entries = Vec::new();
    for start in (0..data.len() as u64).step_by(ENTRY as usize) {
        let (place, symbol) = fields
            .get(&start)
            .zip(fields.get(&(start + 8)))
            .ok_or_else(broken)?;
        let at = builder.symbols.get(place.symbol.ok_or_else(broken)?);
        let kind = data
            .get(start as usize + TYPE..start as usize + TYPE + 4)
            .ok_or_else(broken)?;
        entries.push(Entry {
            section: at.section.ok_or_else(broken)?,
            relocation: Relocation {
                r_offset: at.st_value.wrapping_add_signed(place.r_addend),
                symbol: symbol.symbol,
                r_type: elf::RelocationType(u32::from_le_bytes(
                    kind.try_into().map_err(|_| broken())?,
                )),
                r_addend: symbol.r_addend,
            },
        });
    }
    Ok(entries)
}

fn relocations_of<'b>(
    builder: &'b Builder<'_>,
    section: SectionId,
) -> impl Iterator<Item = &'b Relocation> {
    let tables = builder
        .sections
        .iter()
        .filter(move |table| table.sh_info_section == Some(section));
    tables.flat_map(|table| match &table.data {
        SectionData::Relocation(all) => all.as_slice(),
        _ => &[],
    })
}

/// The relocations to tombstones at the same places are done with.
fn disarm(builder: &mut Builder<'_>, entries: &[Entry]) {
    let places: BTreeSet<_> = entries
        .iter()
        .map(|entry| (entry.section.index(), entry.relocation.r_offset))
        .collect();
    for table in &mut builder.sections {
        let (Some(section), SectionData::Relocation(all)) =
            (table.sh_info_section, &mut table.data)
        else {
            continue;
        };
        all.retain(|one| !places.contains(&(section.index(), one.r_offset)));
    }
}

fn by_section(builder: &Builder<'_>, object: &str, entries: Vec<Entry>) -> Vec<Moved> {
    let symbols = builder
        .sections
        .iter()
        .find(|section| section.sh_type == elf::SHT_SYMTAB);
    let symbols = symbols.map(|section| section.id());
    let mut moved: Vec<Moved> = Vec::new();
    for Entry {
        section,
        relocation,
    } in entries
    {
        match moved.iter_mut().find(|known| known.section == section) {
            Some(known) => known.relocations.push(relocation),
            None => moved.push(Moved {
                object: object.to_owned(),
                section,
                symbols,
                relocations: vec![relocation],
            }),
        }
    }
    moved
}

fn remove(builder: &mut Builder<'_>, table: SectionId) {
    for section in &mut builder.sections {
        section.delete |= section.id() == table || section.sh_info_section == Some(table);
    }
    builder.delete_orphan_symbols();
}

/// What refers to a tombstone still is left to the kernel, which does not find it.
fn remove_tombstones(builder: &mut Builder<'_>) {
    let used: BTreeSet<usize> = builder
        .sections
        .iter()
        .filter_map(|section| match &section.data {
            SectionData::Relocation(all) if !section.delete => Some(all),
            _ => None,
        })
        .flatten()
        .filter_map(|relocation| relocation.symbol.map(|symbol: SymbolId| symbol.index()))
        .collect();
    for symbol in &mut builder.symbols {
        symbol.delete |= symbol.name.starts_with(TOMBSTONE) && !used.contains(&symbol.id().index());
    }
}
