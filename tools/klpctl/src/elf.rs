// SPDX-License-Identifier: GPL-2.0

//! A kernel module's file: its sections, strings, symbols, and the pointers in its data.
//!
//! # Security
//!
//! The file is not trusted. Each access is checked against it, and nothing that is made from it
//! is larger than it is.

use object::{
    elf,
    read::elf::{ElfFile64, Rela as _, SectionHeader as _},
    LittleEndian, Object, ObjectSection, ObjectSymbol, RelocationTarget, SectionFlags,
    SectionIndex, SectionKind, SymbolKind,
};
use std::collections::BTreeMap;

/// Why a file is no module that can be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is damaged, or no ELF file.
    #[error("no readable ELF file: {0}; give a module's .ko")]
    Elf(#[from] object::Error),
    /// It is an ELF file, but no module.
    #[error("an ELF file for {0}; give a module's .ko for x86-64")]
    NoModule(String),
}

/// A place in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The section's index.
    pub section: usize,
    /// The offset in it.
    pub offset: u64,
}

impl Place {
    /// The place `distance` bytes further on.
    pub fn after(self, distance: u64) -> Self {
        Self {
            offset: self.offset.wrapping_add(distance),
            ..self
        }
    }
}

/// What a pointer or a branch leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// A place in the file.
    Inside(Place),
    /// A symbol of the kernel or of another module.
    Outside(&'a str),
}

/// A module's file.
pub struct Elf<'a> {
    file: ElfFile64<'a, LittleEndian>,
    relocations: BTreeMap<Place, Relocation<'a>>,
    symbols: BTreeMap<Place, Vec<Symbol<'a>>>,
}

/// A function or a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its size in bytes.
    pub size: u64,
}

/// A reference to a place or a name.
#[derive(Clone, Copy, Debug)]
pub struct Reference<'a> {
    /// Where it stands.
    pub place: Place,
    /// How it is written there.
    pub kind: elf::RelocationType,
    /// Where it leads.
    pub target: Target<'a>,
}

fn reference<'a>((&place, relocation): (&Place, &Relocation<'a>)) -> Reference<'a> {
    Reference {
        place,
        kind: relocation.kind,
        target: relocation.target,
    }
}

struct Relocation<'a> {
    kind: elf::RelocationType,
    target: Target<'a>,
}

impl<'a> Elf<'a> {
    /// Reads a file; all but its debug information.
    pub fn parse(data: &'a [u8]) -> Result<Self, Error> {
        let file = ElfFile64::<LittleEndian>::parse(data)?;
        let header = file.elf_header();
        let (kind, machine) = (
            header.e_type.get(LittleEndian),
            header.e_machine.get(LittleEndian),
        );
        if kind != elf::ET_REL || machine != elf::EM_X86_64 {
            return Err(Error::NoModule(format!(
                "machine {machine}, of type {kind}"
            )));
        }
        let mut this = Self {
            file,
            relocations: BTreeMap::new(),
            symbols: BTreeMap::new(),
        };
        this.relocations = this.read_relocations();
        this.symbols = this.read_symbols();
        Ok(this)
    }

    fn read_relocations(&self) -> BTreeMap<Place, Relocation<'a>> {
        let mut relocations = BTreeMap::new();
        for section in self.file.sections().filter(is_in_memory) {
            for (offset, relocation) in section.relocations() {
                let (object::RelocationFlags::Elf { r_type }, Some(target)) =
                    (relocation.flags(), self.target(&relocation))
                else {
                    continue;
                };
                let place = Place {
                    section: section.index().0,
                    offset,
                };
                relocations.insert(
                    place,
                    Relocation {
                        kind: r_type,
                        target,
                    },
                );
            }
        }
        relocations
    }

    fn target(&self, relocation: &object::Relocation) -> Option<Target<'a>> {
        let RelocationTarget::Symbol(index) = relocation.target() else {
            return None;
        };
        let symbol = self.file.symbol_by_index(index).ok()?;
        Some(match symbol.section_index() {
            Some(SectionIndex(section)) => Target::Inside(Place {
                section,
                offset: symbol.address().wrapping_add(relocation.addend() as u64),
            }),
            None => Target::Outside(symbol.name().ok()?),
        })
    }

    /// What the file is to the `object` crate.
    pub fn file(&self) -> &ElfFile64<'a, LittleEndian> {
        &self.file
    }

    /// A section's index.
    pub fn section(&self, name: &str) -> Option<usize> {
        Some(self.file.section_by_name(name)?.index().0)
    }

    /// A section's name, for messages.
    pub fn section_name(&self, section: usize) -> &'a str {
        let section = self.file.section_by_index(SectionIndex(section));
        section.and_then(|section| section.name()).unwrap_or("?")
    }

    /// A section's bytes; none where it only takes room in memory.
    pub fn bytes(&self, section: usize) -> &'a [u8] {
        let section = self.file.section_by_index(SectionIndex(section));
        section
            .and_then(|section| section.data())
            .unwrap_or_default()
    }

    /// A section's size in memory.
    pub fn size(&self, section: usize) -> u64 {
        self.file
            .section_by_index(SectionIndex(section))
            .map_or(0, |section| section.size())
    }

    /// `N` bytes; zeroes where the section only takes room in memory.
    pub fn read<const N: usize>(&self, place: Place) -> Option<[u8; N]> {
        let end = place.offset.checked_add(N as u64)?;
        if end > self.size(place.section) {
            return None;
        }
        match self.bytes(place.section) {
            [] => Some([0; N]),
            bytes => bytes
                .get(place.offset as usize..end as usize)?
                .try_into()
                .ok(),
        }
    }

    /// The text at a place, up to its NUL.
    pub fn string(&self, place: Place) -> Option<&'a str> {
        let bytes = self
            .bytes(place.section)
            .get(usize::try_from(place.offset).ok()?..)?;
        let end = bytes.iter().position(|&byte| byte == 0)?;
        std::str::from_utf8(&bytes[..end]).ok()
    }

    /// Where the pointer at a place leads.
    pub fn pointer(&self, place: Place) -> Option<Target<'a>> {
        let relocation = self.relocations.get(&place)?;
        (relocation.kind == elf::R_X86_64_64).then_some(relocation.target)
    }

    /// Where the pointer at a place leads, if inside of the file.
    pub fn pointer_inside(&self, place: Place) -> Option<Place> {
        match self.pointer(place)? {
            Target::Inside(target) => Some(target),
            Target::Outside(_) => None,
        }
    }

    /// All pointers that are in data.
    pub fn pointers(&self) -> impl Iterator<Item = (Place, Target<'a>)> + '_ {
        self.relocations
            .iter()
            .filter(|(_, relocation)| relocation.kind == elf::R_X86_64_64)
            .map(|(&place, relocation)| (place, relocation.target))
    }

    /// What code refers to between two offsets of a section, each with its place.
    pub fn references(
        &self,
        start: Place,
        size: u64,
    ) -> impl Iterator<Item = (Place, Target<'a>)> + '_ {
        self.relocations
            .range(start..start.after(size).max(start))
            .map(|(&place, relocation)| (place, relocation.target))
    }

    /// What is relocated between two offsets of a section.
    pub fn relocations(&self, start: Place, size: u64) -> impl Iterator<Item = Reference<'a>> + '_ {
        self.relocations
            .range(start..start.after(size).max(start))
            .map(reference)
    }

    /// All that is relocated in what is loaded.
    pub fn all_relocations(&self) -> impl Iterator<Item = Reference<'a>> + '_ {
        self.relocations.iter().map(reference)
    }

    /// Whether a section has code.
    pub fn is_code(&self, section: usize) -> bool {
        let section = self.file.section_by_index(SectionIndex(section));
        section.is_ok_and(|section| section.kind() == SectionKind::Text)
    }

    /// Whether a section has nothing but text.
    pub fn is_text(&self, section: usize) -> bool {
        let section = self.file.section_by_index(SectionIndex(section));
        let flags = section.map(|section| section.flags());
        matches!(flags, Ok(SectionFlags::Elf { sh_flags, .. }) if sh_flags.contains(elf::SHF_STRINGS))
    }

    /// What the relocations refer to of sections whose names begin so, each with its section's name;
    /// no name where they are damaged.
    pub fn named_in<'s>(
        &'s self,
        start: &'s str,
    ) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + 's {
        let sections = self.file.sections().filter_map(|section| {
            let name = section.name().ok()?;
            Some((section, name))
        });
        sections
            .filter(move |(_, name)| name.starts_with(start))
            .flat_map(move |(section, name)| {
                let header = section.elf_section_header();
                let found = header.rela(LittleEndian, self.file.data());
                let relocations = found.ok().flatten().map_or(&[][..], |(all, _)| all);
                relocations.iter().map(move |relocation| {
                    let symbol = relocation.symbol(LittleEndian, false);
                    let symbol = symbol.and_then(|index| self.file.symbol_by_index(index).ok());
                    (name, symbol.and_then(|symbol| symbol.name().ok()))
                })
            })
    }

    /// Whether a place that is relocated is the operand of a call or a jump.
    pub fn is_branch(&self, place: Place) -> bool {
        let is_code = self
            .file
            .section_by_index(SectionIndex(place.section))
            .is_ok_and(|section| section.kind() == SectionKind::Text);
        let before = |distance| {
            let at = usize::try_from(place.offset).ok()?.checked_sub(distance)?;
            self.bytes(place.section).get(at).copied()
        };
        let is_conditional =
            || before(2) == Some(0x0f) && before(1).is_some_and(|code| code & 0xf0 == 0x80);
        is_code && (matches!(before(1), Some(0xe8 | 0xe9)) || is_conditional())
    }

    /// The indices of the sections with code.
    pub fn code(&self) -> impl Iterator<Item = usize> + '_ {
        self.file
            .sections()
            .filter(|section| section.kind() == SectionKind::Text)
            .map(|section| section.index().0)
    }

    /// The functions or variables that begin at a place: several where the compiler has merged
    /// those that are equal.
    pub fn symbols_at(&self, place: Place) -> &[Symbol<'a>] {
        self.symbols.get(&place).map_or(&[], Vec::as_slice)
    }

    /// All functions and variables.
    pub fn items(&self) -> impl Iterator<Item = (Place, &Symbol<'a>)> {
        let items = self.symbols.iter();
        items.flat_map(|(&place, symbols)| symbols.iter().map(move |symbol| (place, symbol)))
    }

    /// The place of the next function or variable of a section.
    pub fn next_item(&self, place: Place) -> Option<Place> {
        let (&next, _) = self.symbols.range(place.after(1)..).next()?;
        (next.section == place.section).then_some(next)
    }

    /// The function that a place is in.
    pub fn function_around(&self, place: Place) -> Option<&'a str> {
        self.item_around(place).map(|(_, symbol)| symbol.name)
    }

    /// The function or variable that a place is in, and where it begins.
    pub fn item_around(&self, place: Place) -> Option<(Place, &Symbol<'a>)> {
        let section = Place { offset: 0, ..place };
        let (&start, symbols) = self.symbols.range(section..=place).next_back()?;
        let largest = symbols.iter().max_by_key(|symbol| symbol.size)?;
        (place.offset - start.offset < largest.size).then_some((start, largest))
    }

    fn read_symbols(&self) -> BTreeMap<Place, Vec<Symbol<'a>>> {
        let mut symbols = BTreeMap::<_, Vec<_>>::new();
        for symbol in self.file.symbols() {
            let is_item = matches!(symbol.kind(), SymbolKind::Text | SymbolKind::Data);
            let (Some(section), Ok(name), true) = (symbol.section_index(), symbol.name(), is_item)
            else {
                continue;
            };
            let place = Place {
                section: section.0,
                offset: symbol.address(),
            };
            symbols.entry(place).or_default().push(Symbol {
                name,
                size: symbol.size(),
            });
        }
        symbols
    }

    /// The values that `.modinfo` has for a key.
    pub fn modinfo<'s>(&'s self, key: &'s str) -> impl Iterator<Item = &'a str> + 's {
        let bytes = self
            .section(".modinfo")
            .map_or(&[][..], |section| self.bytes(section));
        values(bytes, key)
    }

    /// The linker's build id, in hexadecimal.
    pub fn build_id(&self) -> Option<String> {
        self.notes(".note.gnu.build-id")
            .next()
            .map(Note::hexadecimal)
    }

    /// The ELF notes of a section.
    pub fn notes(&self, section: &str) -> impl Iterator<Item = Note<'a>> {
        let bytes = self.section(section).map(|section| self.bytes(section));
        notes(bytes.unwrap_or_default())
    }
}

fn is_in_memory<'a>(section: &impl ObjectSection<'a>) -> bool {
    let flags = section.flags();
    matches!(flags, SectionFlags::Elf { sh_flags, .. } if sh_flags.contains(elf::SHF_ALLOC))
}

/// The values of a key in NUL-terminated strings `key=value`.
pub fn values<'a: 's, 's>(bytes: &'a [u8], key: &'s str) -> impl Iterator<Item = &'a str> + 's {
    bytes
        .split(|&byte| byte == 0)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .filter_map(move |line| line.strip_prefix(key)?.strip_prefix('='))
}

/// An ELF note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note<'a> {
    /// The type, which is the version of the content where its owner counts versions.
    pub version: u32,
    /// The content.
    pub content: &'a [u8],
}

impl Note<'_> {
    fn hexadecimal(self) -> String {
        hexadecimal(self.content)
    }
}

/// The build id in the notes of one section, in hexadecimal.
pub fn build_id(section: &[u8]) -> Option<String> {
    notes(section).next().map(Note::hexadecimal)
}

/// Two digits a byte.
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// The ELF notes that follow each other: three words, the owner's name, the content.
pub fn notes(mut bytes: &[u8]) -> impl Iterator<Item = Note<'_>> {
    std::iter::from_fn(move || {
        let word = |at: usize| {
            let word = bytes.get(at..at + 4)?;
            Some(u32::from_le_bytes(word.try_into().ok()?))
        };
        let start = 12 + (word(0)? as usize).checked_next_multiple_of(4)?;
        let end = start.checked_add(word(4)? as usize)?;
        let note = Note {
            version: word(8)?,
            content: bytes.get(start..end)?,
        };
        bytes = bytes
            .get(end.checked_next_multiple_of(4)?..)
            .unwrap_or_default();
        Some(note)
    })
}
