// SPDX-License-Identifier: GPL-2.0

//! Sections that LLVM's compiler leaves for its linker, as those that say which functions' addresses matter. Nobody reads
//! them in a module, they are not loaded, and they count symbols, whose numbers change here: they go.

use super::Error;
use object::{
    build::elf::Builder,
    elf,
    read::elf::{FileHeader, SectionHeader},
    Endianness,
};
use std::borrow::Cow;

/// The types of sections that are LLVM's own, `SHT_LLVM_*`.
const TYPES: std::ops::Range<u32> = 0x6fff_4c00..0x6fff_4d00;

/// A module whose sections all have a type that is known, and which of them had not.
pub(super) struct Known<'a> {
    pub(super) module: Cow<'a, [u8]>,
    unknown: Vec<Vec<u8>>,
}

impl<'a> Known<'a> {
    pub(super) fn new(module: &'a [u8]) -> Result<Self, Error> {
        let header = elf::FileHeader64::<Endianness>::parse(module)?;
        let endian = header.endian()?;
        let sections = header.sections(endian, module)?;
        let mut known = Self {
            module: module.into(),
            unknown: Vec::new(),
        };
        for (index, section) in sections.enumerate() {
            let is_loaded = section.sh_flags(endian).contains(elf::SHF_ALLOC);
            if is_loaded || !TYPES.contains(&section.sh_type(endian).0) {
                continue;
            }
            let name = sections.section_name(endian, section)?;
            known.unknown.push(name.to_owned());
            let place = header.e_shoff(endian) as usize + index.0 * size_of_val(section) + 4;
            known.module.to_mut()[place..place + 4]
                .copy_from_slice(&elf::SHT_PROGBITS.0.to_le_bytes());
        }
        Ok(known)
    }

    /// Parses it, without what had no known type.
    pub(super) fn builder(&self) -> Result<Builder<'_>, Error> {
        let mut builder = Builder::read64(&*self.module)?;
        if !self.unknown.is_empty() {
            remove(&mut builder, &self.unknown);
        }
        Ok(builder)
    }
}

/// Removes sections, and the relocations of them.
fn remove(builder: &mut Builder<'_>, names: &[Vec<u8>]) {
    let mut removed = Vec::new();
    for section in &mut builder.sections {
        let is_named = names.iter().any(|name| *name == section.name.as_slice());
        if is_named && !section.is_alloc() {
            section.delete = true;
            removed.push(section.id());
        }
    }
    for section in &mut builder.sections {
        let of = section.sh_info_section;
        section.delete |= of.is_some_and(|of| removed.contains(&of));
    }
}
