// SPDX-License-Identifier: GPL-2.0

//! What makes a livepatch's unexported symbols the kernel's business: relocations to them move to
//! `.klp.rela.OBJECT.SECTION`, and they become `SHN_LIVEPATCH`.
//!
//! The kernel applies the sections of `vmlinux` while it loads the livepatch, and those of a module
//! whenever that is there. What it is to write must be zero before. See
//! `Documentation/livepatch/module-elf-format.rst` in the kernel's source.

mod bounds;
mod description;
mod error;
mod extracted;
mod lifetime;
mod llvm;
mod name;
#[cfg(test)]
pub(crate) mod tests;

pub use description::describe;
pub use error::Error;
pub use lifetime::fault as fault_of_section;

use object::{
    build::{
        elf::{Builder, Relocation, Section, SectionData, SectionId},
        Id,
    },
    elf,
    read::elf::{FileHeader, Sym},
    Endianness,
};
use std::collections::BTreeMap;

/// The section index of a symbol that the kernel resolves for a livepatch.
pub const SHN_LIVEPATCH: elf::SymbolSection = elf::SymbolSection(0xff20);
const SHF_RELA_LIVEPATCH: elf::SectionFlags = elf::SectionFlags(0x0010_0000);

const SIGNED: &[u8] = b"~Module signature appended~\n";
const MARK: &[u8] = b"livepatch=Y";

/// The module linked, or nothing if there is nothing to do.
pub fn link(module: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    if !has_unlinked(module)? {
        return Ok(None);
    }
    if module.ends_with(SIGNED) {
        return Err(Error::Signed);
    }
    let known = llvm::Known::new(module)?;
    let mut builder = known.builder()?;
    if !is_livepatch(&builder) {
        return Err(Error::NoLivepatch);
    }
    let extracted = extracted::take(&mut builder)?;
    let objects = mark_symbols(&mut builder)?;
    for moved in joined(extracted, take_relocations(&mut builder, &objects)) {
        let section = builder.sections.get(moved.section).name.to_string();
        if let Some(fault) = fault_of_section(&moved.object, &section) {
            return Err(fault);
        }
        clear(&mut builder, &moved)?;
        add_section(&mut builder, moved);
    }
    let mut output = bounds::Output {
        bytes: Vec::new(),
        limit: module.len() + bounds::GROWTH,
    };
    builder.write(&mut output)?;
    Ok(Some(output.bytes))
}

/// A module's header, whose sections are those of a linker.
fn header(module: &[u8]) -> Result<&elf::FileHeader64<Endianness>, Error> {
    let header = elf::FileHeader64::<Endianness>::parse(module)?;
    let endian = header.endian()?;
    if header.e_type(endian) != elf::ET_REL || header.e_machine(endian) != elf::EM_X86_64 {
        return Err(Error::NoModule);
    }
    bounds::check(module, header)?;
    Ok(header)
}

fn has_unlinked(module: &[u8]) -> Result<bool, Error> {
    let header = header(module)?;
    let endian = header.endian()?;
    let symbols = header
        .sections(endian, module)?
        .symbols(endian, module, elf::SHT_SYMTAB)?;
    for symbol in symbols.iter() {
        if symbol.st_shndx(endian) == elf::SHN_UNDEF
            && name::is_klp(symbol.name(endian, symbols.strings())?)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_livepatch(builder: &Builder<'_>) -> bool {
    builder.sections.iter().any(|section| {
        section.name.as_slice() == b".modinfo"
            && bytes(section)
                .is_some_and(|data| data.split(|&byte| byte == 0).any(|entry| entry == MARK))
    })
}

fn bytes<'a>(section: &'a Section<'_>) -> Option<&'a [u8]> {
    match &section.data {
        SectionData::Data(data) => Some(data),
        _ => None,
    }
}

/// The object of each symbol that the kernel is to look up, by the symbol's index.
type Objects = BTreeMap<usize, String>;

fn mark_symbols(builder: &mut Builder<'_>) -> Result<Objects, Error> {
    let mut objects = Objects::new();
    for symbol in &mut builder.symbols {
        if symbol.section.is_none()
            && symbol.st_shndx == elf::SHN_UNDEF
            && name::is_klp(&symbol.name)
        {
            objects.insert(symbol.id().index(), name::object_of(&symbol.name)?);
            symbol.st_shndx = SHN_LIVEPATCH;
        }
    }
    Ok(objects)
}

/// Relocations of one section that are applied when one object is there.
struct Moved {
    object: String,
    section: SectionId,
    symbols: Option<SectionId>,
    relocations: Vec<Relocation>,
}

/// Those of sections that are not loaded, which nobody applies, stay.
fn take_relocations(builder: &mut Builder<'_>, objects: &Objects) -> Vec<Moved> {
    let loaded: Vec<usize> = builder
        .sections
        .iter()
        .filter(|section| section.is_alloc())
        .map(|section| section.id().index())
        .collect();
    let mut moved = Vec::new();
    for from in &mut builder.sections {
        let (Some(section), SectionData::Relocation(all)) = (from.sh_info_section, &mut from.data)
        else {
            continue;
        };
        if loaded.binary_search(&section.index()).is_err() {
            continue;
        }
        let symbols = from.sh_link_section;
        let by_object = take_by_object(all, objects).into_iter();
        moved.extend(by_object.map(|(object, relocations)| Moved {
            object,
            section,
            symbols,
            relocations,
        }));
    }
    moved
}

/// There is one section for each pair of object and section.
fn joined(all: Vec<Moved>, more: Vec<Moved>) -> Vec<Moved> {
    let mut joined = all;
    for one in more {
        let same = |other: &&mut Moved| other.object == one.object && other.section == one.section;
        match joined.iter_mut().find(same) {
            Some(other) => other.relocations.extend(one.relocations),
            None => joined.push(one),
        }
    }
    joined
}

fn take_by_object(
    all: &mut Vec<Relocation>,
    objects: &Objects,
) -> BTreeMap<String, Vec<Relocation>> {
    let mut taken = BTreeMap::<_, Vec<_>>::new();
    all.retain(|relocation| {
        match relocation
            .symbol
            .and_then(|symbol| objects.get(&symbol.index()))
        {
            None => true,
            Some(object) => {
                taken.entry(object.clone()).or_default().push(*relocation);
                false
            }
        }
    });
    taken
}

/// Makes zero what the kernel is to write.
fn clear(builder: &mut Builder<'_>, moved: &Moved) -> Result<(), Error> {
    let section = builder.sections.get_mut(moved.section);
    let name = section.name.to_string();
    let SectionData::Data(data) = &mut section.data else {
        return Err(Error::NoContents { section: name });
    };
    for relocation in &moved.relocations {
        let size = size_of_written(relocation.r_type).ok_or_else(|| Error::Type {
            section: name.clone(),
            r_type: relocation.r_type.0,
        })?;
        let start = usize::try_from(relocation.r_offset).unwrap_or(usize::MAX);
        data.to_mut()
            .get_mut(start..start.saturating_add(size))
            .ok_or_else(|| Error::Outside {
                section: name.clone(),
                offset: relocation.r_offset,
            })?
            .fill(0);
    }
    Ok(())
}

/// How much the kernel writes for a relocation, if it knows its type.
fn size_of_written(r_type: elf::RelocationType) -> Option<usize> {
    match r_type {
        elf::R_X86_64_64 | elf::R_X86_64_PC64 => Some(8),
        elf::R_X86_64_32 | elf::R_X86_64_32S | elf::R_X86_64_PC32 | elf::R_X86_64_PLT32 => Some(4),
        _ => None,
    }
}

fn add_section(builder: &mut Builder<'_>, moved: Moved) {
    let name = name::section(&moved.object, &builder.sections.get(moved.section).name);
    let section = builder.sections.add();
    section.name = name.into();
    section.sh_type = elf::SHT_RELA;
    section.sh_flags = elf::SHF_ALLOC | elf::SHF_INFO_LINK | SHF_RELA_LIVEPATCH;
    section.sh_link_section = moved.symbols;
    section.sh_info_section = Some(moved.section);
    section.sh_addralign = 8;
    section.sh_entsize = size_of::<elf::Rela64<Endianness>>() as u64;
    section.data = SectionData::Relocation(moved.relocations);
}
