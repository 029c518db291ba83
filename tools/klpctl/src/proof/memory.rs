// SPDX-License-Identifier: GPL-2.0

//! What runs, as it lies in memory: bytes at addresses, and the addresses that names have.

use super::unit::Form;
use crate::kernel::{read_kallsyms, KernelImage};
use object::{
    elf,
    read::elf::{ElfFile64, SectionHeader},
    LittleEndian, Object, ObjectSection, ObjectSymbol, RelocationFlags, RelocationTarget,
    SectionIndex, SymbolKind,
};
use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

/// A kernel, or a module.
pub struct Memory {
    bytes: Bytes,
    /// The addresses of a name, in the order in which the kernel counts its positions.
    names: HashMap<String, Named>,
}

/// The symbols of one name.
#[derive(Default)]
struct Named {
    addresses: Vec<u64>,
    /// What `nm` calls each: in upper case if other units see it.
    kinds: Vec<u8>,
}

impl Named {
    fn add(&mut self, address: u64, kind: u8) {
        self.addresses.push(address);
        self.kinds.push(kind);
    }
}

enum Bytes {
    Kernel(Box<KernelImage>),
    Module(Vec<(u64, Vec<u8>)>),
}

impl Memory {
    /// The kernel, from its image.
    pub fn of_kernel(image: KernelImage) -> anyhow::Result<Self> {
        let mut names = HashMap::<String, Named>::new();
        for entry in read_kallsyms(&image)?.entries() {
            let named = names.entry(entry.name).or_default();
            named.add(entry.address, entry.kind);
        }
        Ok(Self {
            bytes: Bytes::Kernel(Box::new(image)),
            names,
        })
    }

    /// A module, from its file: laid out and relocated, as if it were loaded. What it does not
    /// define is somewhere, each name at an address of its own.
    pub fn of_module(data: &[u8]) -> Result<Self, crate::elf::Error> {
        let file = ElfFile64::<LittleEndian>::parse(data)?;
        let mut layout = Layout::of(&file);
        let mut names = HashMap::<String, Named>::new();
        for symbol in file.symbols() {
            let is_item = !matches!(symbol.kind(), SymbolKind::Section | SymbolKind::File);
            let name = symbol
                .name()
                .ok()
                .filter(|name| !name.is_empty() && is_item);
            if let (Some(name), Some(address)) = (name, layout.address(&symbol)) {
                let named = names.entry(name.to_owned()).or_default();
                named.add(address, kind(&symbol));
            }
        }
        let bytes = file.sections().filter_map(|section| {
            let start = *layout.sections.get(&section.index())?;
            Some((start, relocated(&file, &section, start, &layout)))
        });
        Ok(Self {
            bytes: Bytes::Module(bytes.collect()),
            names,
        })
    }

    /// Code at an address, and the addresses of names.
    #[cfg(test)]
    pub fn of_code(start: u64, code: &[u8], names: &[(&str, u64)]) -> Self {
        let mut all = HashMap::<String, Named>::new();
        for (name, address) in names {
            all.entry((*name).to_owned())
                .or_default()
                .add(*address, b't');
        }
        Self {
            bytes: Bytes::Module(vec![(start, code.to_vec())]),
            names: all,
        }
    }

    /// The bytes between two addresses.
    pub fn at(&self, addresses: Range<u64>) -> Option<&[u8]> {
        match &self.bytes {
            Bytes::Kernel(image) => image.at(addresses),
            Bytes::Module(sections) => {
                let after = sections.partition_point(|(start, _)| *start <= addresses.start);
                let (start, bytes) = sections.get(after.checked_sub(1)?)?;
                let from = usize::try_from(addresses.start - start).ok()?;
                let len = usize::try_from(addresses.end.checked_sub(addresses.start)?).ok()?;
                bytes.get(from..from.checked_add(len)?)
            }
        }
    }

    /// The addresses of a name.
    pub fn named(&self, name: &str) -> &[u64] {
        let named = self.names.get(name);
        named.map_or(&[], |named| &named.addresses)
    }

    /// The names that each address has, with the position of each: 0 where there is one of the name.
    pub fn names(&self) -> BTreeMap<u64, Vec<(&str, u64)>> {
        let mut all = BTreeMap::<u64, Vec<_>>::new();
        for (name, named) in &self.names {
            let is_unique = named.addresses.len() == 1;
            for (at, &address) in named.addresses.iter().enumerate() {
                let position = if is_unique { 0 } else { at as u64 + 1 };
                all.entry(address)
                    .or_default()
                    .push((name.as_str(), position));
            }
        }
        all
    }

    /// Whether all symbols of a name are variables.
    pub fn is_variable(&self, name: &str) -> bool {
        let is_code = |kind: &u8| matches!(kind.to_ascii_lowercase(), b't' | b'w' | b'i');
        let named = self.names.get(name);
        named.is_some_and(|named| !named.kinds.iter().any(is_code))
    }

    /// The position of the one symbol of a name that other units see; 0 if the name is unique.
    pub fn position_of_global(&self, name: &str) -> Option<u64> {
        let kinds = &self.names.get(name)?.kinds;
        if let [_] = kinds[..] {
            return Some(0);
        }
        let mut global = kinds
            .iter()
            .enumerate()
            .filter(|(_, kind)| kind.is_ascii_uppercase());
        match (global.next(), global.next()) {
            (Some((at, _)), None) => Some(at as u64 + 1),
            _ => None,
        }
    }
}

/// What `nm` would call a symbol, as far as it matters here.
fn kind<'a>(symbol: &impl ObjectSymbol<'a>) -> u8 {
    let kind = match symbol.kind() {
        SymbolKind::Text => b't',
        SymbolKind::Data => b'd',
        _ => b'i',
    };
    match symbol.is_local() {
        true => kind,
        false => kind.to_ascii_uppercase(),
    }
}

/// Where the parts of a module are.
struct Layout {
    sections: HashMap<SectionIndex, u64>,
    undefined: HashMap<String, u64>,
    end: u64,
}

impl Layout {
    /// Anywhere below 2 GiB, so that every field has room for an address.
    const START: u64 = 0x1000_0000;
    const GAP: u64 = 64;

    fn of(file: &ElfFile64<'_, LittleEndian>) -> Self {
        let mut end = Self::START;
        let mut sections = HashMap::new();
        for section in file.sections() {
            let flags = section.elf_section_header().sh_flags(LittleEndian);
            if flags.contains(elf::SHF_ALLOC) {
                let align = section.align().clamp(1, 4096);
                end = end.checked_next_multiple_of(align).unwrap_or(u64::MAX);
                sections.insert(section.index(), end);
                end = end.saturating_add(section.size()).saturating_add(Self::GAP);
            }
        }
        Self {
            sections,
            undefined: HashMap::new(),
            end,
        }
    }

    fn address<'a>(&mut self, symbol: &impl ObjectSymbol<'a>) -> Option<u64> {
        if let Some(section) = symbol.section_index() {
            return self.sections.get(&section)?.checked_add(symbol.address());
        }
        if !symbol.is_undefined() {
            return None;
        }
        let name = symbol.name().ok().filter(|name| !name.is_empty())?;
        let start = self.end.checked_next_multiple_of(Self::GAP)?;
        let next = start.checked_add(Self::GAP * self.undefined.len() as u64)?;
        Some(*self.undefined.entry(name.to_owned()).or_insert(next))
    }

    fn known<'a>(&self, symbol: &impl ObjectSymbol<'a>) -> Option<u64> {
        match symbol.section_index() {
            Some(section) => self.sections.get(&section)?.checked_add(symbol.address()),
            None => self.undefined.get(symbol.name().ok()?).copied(),
        }
    }
}

fn relocated<'a>(
    file: &ElfFile64<'a, LittleEndian>,
    section: &impl ObjectSection<'a>,
    start: u64,
    layout: &Layout,
) -> Vec<u8> {
    let mut bytes = section.data().unwrap_or_default().to_vec();
    for (at, relocation) in section.relocations() {
        let fill = || -> Option<(usize, [u8; 8], usize)> {
            let RelocationFlags::Elf { r_type } = relocation.flags() else {
                return None;
            };
            let RelocationTarget::Symbol(index) = relocation.target() else {
                return None;
            };
            let address = layout.known(&file.symbol_by_index(index).ok()?)?;
            let to = address.wrapping_add_signed(relocation.addend());
            let (value, size) = Form::of(r_type)?.write(to, start.wrapping_add(at));
            Some((usize::try_from(at).ok()?, value, size))
        };
        if let Some((at, value, size)) = fill() {
            let end = at.saturating_add(size);
            if let Some(field) = bytes.get_mut(at..end) {
                field.copy_from_slice(&value[..size]);
            }
        }
    }
    bytes
}
