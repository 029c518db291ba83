// SPDX-License-Identifier: GPL-2.0

//! What has to be done to the symbols of a unit that is compared alone, and not as a part of a whole
//! kernel.

use object::{
    elf,
    read::elf::{FileHeader, SectionHeader, Sym},
    LittleEndian,
};
use std::collections::BTreeSet;

type Header = elf::FileHeader64<LittleEndian>;

/// The symbols that an object refers to and does not define.
pub fn undefined(object: &[u8]) -> Result<BTreeSet<String>, object::Error> {
    names(object, |symbol| {
        symbol.st_shndx(LittleEndian) == elf::SHN_UNDEF
    })
}

/// The symbols that an object defines.
pub fn defined(object: &[u8]) -> Result<BTreeSet<String>, object::Error> {
    names(object, |symbol| {
        symbol.st_shndx(LittleEndian) != elf::SHN_UNDEF
    })
}

/// The functions that an object defines.
pub fn functions(object: &[u8]) -> Result<BTreeSet<String>, object::Error> {
    names(object, |symbol| {
        symbol.st_type() == elf::STT_FUNC && symbol.st_shndx(LittleEndian) != elf::SHN_UNDEF
    })
}

/// The functions and variables that no other unit sees.
pub fn locals(object: &[u8]) -> Result<BTreeSet<String>, object::Error> {
    names(object, |symbol| {
        let is_item = matches!(symbol.st_type(), elf::STT_FUNC | elf::STT_OBJECT);
        is_item && symbol.st_bind() == elf::STB_LOCAL
    })
}

fn names(
    object: &[u8],
    fits: impl Fn(&elf::Sym64<LittleEndian>) -> bool,
) -> Result<BTreeSet<String>, object::Error> {
    Ok(all(object, fits)?
        .into_iter()
        .map(|(name, _)| name)
        .collect())
}

fn all(
    object: &[u8],
    fits: impl Fn(&elf::Sym64<LittleEndian>) -> bool,
) -> Result<Vec<(String, u64)>, object::Error> {
    let header = Header::parse(object)?;
    let sections = header.sections(LittleEndian, object)?;
    let symbols = sections.symbols(LittleEndian, object, elf::SHT_SYMTAB)?;
    let mut found = Vec::new();
    for symbol in symbols.iter().filter(|symbol| fits(symbol)) {
        let name = symbol.name(LittleEndian, symbols.strings())?;
        if !name.is_empty() {
            let name = String::from_utf8_lossy(name).into_owned();
            found.push((name, symbol.st_value(LittleEndian)));
        }
    }
    Ok(found)
}

/// The new names that a patched object's BTF ids need, as their own have a counter in them.
pub fn renamed_ids(
    original: &[u8],
    patched: &[u8],
) -> Result<Vec<(String, String)>, object::Error> {
    let ids = |object| -> Result<Vec<String>, object::Error> {
        let mut ids = all(object, |_| true)?;
        ids.retain(|(name, _)| name.starts_with("__BTF_ID__"));
        ids.sort_by_key(|(_, place)| *place);
        Ok(ids.into_iter().map(|(name, _)| name).collect())
    };
    let (original, patched) = (ids(original)?, ids(patched)?);
    let bare = |name: &String| {
        name.trim_end_matches(|last: char| last.is_ascii_digit())
            .to_owned()
    };
    let is_same =
        original.len() == patched.len() && original.iter().map(bare).eq(patched.iter().map(bare));
    let pairs = patched
        .into_iter()
        .zip(original)
        .filter(|(from, to)| from != to);
    Ok(if is_same { pairs.collect() } else { Vec::new() })
}

/// Where the symbols are that are undefined, without a type, and fit.
fn open_symbols(object: &[u8], fits: impl Fn(&str) -> bool) -> Result<Vec<usize>, object::Error> {
    let header = Header::parse(object)?;
    let sections = header.sections(LittleEndian, object)?;
    let symbols = sections.symbols(LittleEndian, object, elf::SHT_SYMTAB)?;
    let table = sections.section(symbols.section())?;
    let start = table.sh_offset(LittleEndian) as usize;
    let mut places = Vec::new();
    for (index, symbol) in symbols.iter().enumerate() {
        let is_open =
            symbol.st_shndx(LittleEndian) == elf::SHN_UNDEF && symbol.st_type() == elf::STT_NOTYPE;
        let name = symbol.name(LittleEndian, symbols.strings())?;
        if is_open && std::str::from_utf8(name).is_ok_and(&fits) {
            places.push(start + index * size_of::<elf::Sym64<LittleEndian>>());
        }
    }
    Ok(places)
}

/// Gives undefined symbols that are variables of the kernel the type of one: objtool knows the keys of
/// static branches and calls by it. Functions stay without: they would seem defined elsewhere.
pub fn set_types(
    object: &mut [u8],
    is_variable: impl Fn(&str) -> bool,
) -> Result<(), object::Error> {
    let places = open_symbols(object, is_variable)?;
    /// The offset of `st_info` in a symbol, whose low half is the type.
    const INFO: usize = 4;
    for place in places {
        if let Some(info) = object.get_mut(place + INFO) {
            *info = (*info & 0xf0) | elf::STT_OBJECT.0;
        }
    }
    Ok(())
}
