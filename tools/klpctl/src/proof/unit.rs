// SPDX-License-Identifier: GPL-2.0

//! A translation unit as the compiler made it: its functions, and what the linker has still to fill
//! in.
//!
//! # Security
//!
//! The file is not trusted: each access is checked against it.

use object::{
    elf,
    read::elf::{ElfFile64, FileHeader, SectionHeader},
    LittleEndian, Object, ObjectSection, ObjectSymbol, RelocationFlags, RelocationTarget,
    SectionIndex, SymbolKind,
};
use std::collections::{BTreeMap, BTreeSet};

/// An object file.
pub struct Unit<'a> {
    file: ElfFile64<'a, LittleEndian>,
    /// Its functions; not those that are gone when the kernel is linked.
    pub functions: Vec<Function<'a>>,
    /// Its own symbols.
    pub symbols: Vec<Symbol<'a>>,
}

/// A function.
pub struct Function<'a> {
    /// What is known of its symbol.
    pub symbol: Symbol<'a>,
    /// Its code.
    pub code: &'a [u8],
    /// Whether another function may take its place.
    pub is_weak: bool,
    /// What the linker fills in, by the offset in the function.
    pub fields: Vec<Field<'a>>,
    /// The offsets at which the kernel's tools write what a static key's branch is at first.
    pub branches: Vec<usize>,
}

/// A symbol that has a place.
#[derive(Clone, Copy, Debug)]
pub struct Symbol<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its section.
    pub section: usize,
    /// Its offset there.
    pub offset: u64,
    /// Whether no other unit sees it.
    pub is_local: bool,
}

/// A relocated field.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// Its offset in the function.
    pub at: usize,
    /// How it is computed; `None` if that is not known here.
    pub form: Option<Form>,
    /// What it refers to.
    pub to: Target<'a>,
    /// What is added to that.
    pub addend: i64,
}

/// What a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An address.
    Address(usize),
    /// An address of 32 bits that are sign-extended.
    Signed,
    /// A distance from the field.
    Distance(usize),
}

/// What a field refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// A symbol that has a name.
    Named(&'a str),
    /// A section of the unit, at an offset.
    Section(usize, u64),
}

impl Form {
    /// The form of a relocation's field.
    pub fn of(kind: elf::RelocationType) -> Option<Self> {
        match kind {
            elf::R_X86_64_64 => Some(Self::Address(8)),
            elf::R_X86_64_32 => Some(Self::Address(4)),
            elf::R_X86_64_32S => Some(Self::Signed),
            elf::R_X86_64_PC32 | elf::R_X86_64_PLT32 => Some(Self::Distance(4)),
            elf::R_X86_64_PC64 => Some(Self::Distance(8)),
            _ => None,
        }
    }

    /// What a field has that is to lead to an address.
    pub fn write(self, to: u64, address: u64) -> ([u8; 8], usize) {
        match self {
            Self::Address(size) => (to.to_le_bytes(), size),
            Self::Signed => (to.to_le_bytes(), 4),
            Self::Distance(size) => (to.wrapping_sub(address).to_le_bytes(), size),
        }
    }

    /// The address that a field leads to.
    pub fn read(self, bytes: &[u8], address: u64) -> Option<u64> {
        let word = |at: &[u8]| Some(i32::from_le_bytes(at.get(..4)?.try_into().ok()?));
        let long = |at: &[u8]| Some(i64::from_le_bytes(at.get(..8)?.try_into().ok()?));
        Some(match self {
            Self::Address(8) => long(bytes)? as u64,
            Self::Address(_) => u64::from(word(bytes)? as u32),
            Self::Signed => i64::from(word(bytes)?) as u64,
            Self::Distance(8) => address.wrapping_add_signed(long(bytes)?),
            Self::Distance(_) => address.wrapping_add_signed(i64::from(word(bytes)?)),
        })
    }
}

impl Field<'_> {
    /// How many bytes it has.
    pub fn size(&self) -> usize {
        match self.form {
            Some(Form::Address(size) | Form::Distance(size)) => size,
            Some(Form::Signed) | None => 4,
        }
    }
}

impl<'a> Unit<'a> {
    /// Reads an object file.
    pub fn parse(data: &'a [u8]) -> Result<Self, crate::elf::Error> {
        let file = ElfFile64::<LittleEndian>::parse(data)?;
        let header = file.elf_header();
        let (kind, machine) = (header.e_type(LittleEndian), header.e_machine(LittleEndian));
        if kind != elf::ET_REL || machine != elf::EM_X86_64 {
            return Err(crate::elf::Error::NoModule(format!(
                "machine {machine}, of type {kind}"
            )));
        }
        let mut unit = Self {
            file,
            functions: Vec::new(),
            symbols: Vec::new(),
        };
        unit.symbols = unit.read_symbols();
        unit.functions = unit.read_functions();
        Ok(unit)
    }

    /// A section's name.
    pub fn section_name(&self, section: usize) -> &'a str {
        let section = self.file.section_by_index(SectionIndex(section));
        section.and_then(|section| section.name()).unwrap_or("?")
    }

    /// The string that a section has at an offset, if its strings are merged with those of others.
    pub fn merged_string(&self, section: usize, offset: u64) -> Option<&'a [u8]> {
        let bytes = self.data(section)?.get(usize::try_from(offset).ok()?..)?;
        let end = memchr::memchr(0, bytes)?;
        self.is_merged(section).then_some(&bytes[..=end])
    }

    /// Whether the linker merges what is equal in a section with what is in others.
    pub fn is_merged(&self, section: usize) -> bool {
        let Ok(section) = self.file.section_by_index(SectionIndex(section)) else {
            return false;
        };
        let flags = section.elf_section_header().sh_flags(LittleEndian);
        flags.contains(elf::SHF_MERGE)
    }

    fn data(&self, section: usize) -> Option<&'a [u8]> {
        let section = self.file.section_by_index(SectionIndex(section)).ok()?;
        section.data().ok()
    }

    fn read_symbols(&self) -> Vec<Symbol<'a>> {
        let symbols = self.file.symbols().filter_map(|symbol| {
            let kind = symbol.kind();
            let is_item = matches!(kind, SymbolKind::Text | SymbolKind::Data);
            Some(Symbol {
                name: symbol
                    .name()
                    .ok()
                    .filter(|name| !name.is_empty() && is_item)?,
                section: symbol.section_index()?.0,
                offset: symbol.address(),
                is_local: symbol.is_local(),
            })
        });
        symbols.collect()
    }

    fn read_functions(&self) -> Vec<Function<'a>> {
        let fields = self.fields();
        let branches = self.branches();
        let functions = self.file.symbols().filter_map(|symbol| {
            let raw = symbol.elf_symbol();
            let section = symbol.section_index()?.0;
            let name = self.section_name(section);
            if raw.st_type() != elf::STT_FUNC
                || name.starts_with(".exit")
                || name.starts_with(".discard")
            {
                return None;
            }
            let start = usize::try_from(symbol.address()).ok()?;
            let end = start.checked_add(
                usize::try_from(symbol.size())
                    .ok()
                    .filter(|size| *size > 0)?,
            )?;
            let inside = |at: &usize| (start..end).contains(at);
            let own = |field: &Field<'a>| Field {
                at: field.at - start,
                ..*field
            };
            let all = fields.get(&section);
            Some(Function {
                symbol: Symbol {
                    name: symbol.name().ok()?,
                    section,
                    offset: symbol.address(),
                    is_local: symbol.is_local(),
                },
                code: self.data(section)?.get(start..end)?,
                is_weak: raw.st_bind() == elf::STB_WEAK,
                fields: all.map_or(Vec::new(), |all| {
                    all.iter()
                        .filter(|field| inside(&field.at))
                        .map(own)
                        .collect()
                }),
                branches: branches.get(&section).map_or(Vec::new(), |all| {
                    all.iter()
                        .filter(|at| inside(at))
                        .map(|at| at - start)
                        .collect()
                }),
            })
        });
        functions.collect()
    }

    /// All relocated fields of code, by their section and offset there.
    fn fields(&self) -> BTreeMap<usize, Vec<Field<'a>>> {
        let sections = self.file.sections();
        let code = sections.filter(|section| section.kind() == object::SectionKind::Text);
        code.map(|section| (section.index().0, self.fields_of(&section)))
            .collect()
    }

    fn fields_of(&self, section: &impl ObjectSection<'a>) -> Vec<Field<'a>> {
        let fields = section.relocations().filter_map(|(at, relocation)| {
            let RelocationFlags::Elf { r_type } = relocation.flags() else {
                return None;
            };
            Some(Field {
                at: usize::try_from(at).ok()?,
                form: Form::of(r_type),
                to: self.target(relocation.target())?,
                addend: relocation.addend(),
            })
        });
        fields.collect()
    }

    fn target(&self, target: RelocationTarget) -> Option<Target<'a>> {
        let RelocationTarget::Symbol(index) = target else {
            return None;
        };
        let symbol = self.file.symbol_by_index(index).ok()?;
        let name = symbol.name().ok().filter(|name| !name.is_empty());
        Some(match (symbol.kind(), symbol.section_index(), name) {
            (SymbolKind::Section, Some(section), _) | (_, Some(section), None) => {
                Target::Section(section.0, symbol.address())
            }
            (_, _, name) => Target::Named(name?),
        })
    }

    /// The places of static keys' branches, which the first word of each entry refers to.
    fn branches(&self) -> BTreeMap<usize, BTreeSet<usize>> {
        const ENTRY: u64 = 16;
        let mut places = BTreeMap::<usize, BTreeSet<usize>>::new();
        let Some(table) = self.file.section_by_name("__jump_table") else {
            return places;
        };
        for (at, relocation) in table.relocations() {
            let RelocationTarget::Symbol(index) = relocation.target() else {
                continue;
            };
            let Ok(symbol) = self.file.symbol_by_index(index) else {
                continue;
            };
            let place = symbol.address().wrapping_add_signed(relocation.addend());
            if let (0, Some(section)) = (at % ENTRY, symbol.section_index()) {
                places.entry(section.0).or_default().insert(place as usize);
            }
        }
        places
    }
}
