// SPDX-License-Identifier: GPL-2.0

//! Functions that only what runs at boot calls: what they have made is there, whatever replaces them.

use super::object::{is_branch, is_of_the_tools};
use object::{
    elf,
    read::elf::{ElfFile64, ElfSymbol64, SectionHeader},
    LittleEndian, Object, ObjectSection, ObjectSymbol, RelocationTarget, SectionIndex, SymbolKind,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Those of a unit's own functions, each in a section of its own, that nothing but initialisation calls.
pub fn at_boot(object: &[u8]) -> Result<BTreeSet<String>, object::Error> {
    let file = ElfFile64::<LittleEndian>::parse(object)?;
    let functions = functions_by_section(&file, |symbol| symbol.is_local()); // no other unit sees them
    let mut by = BTreeMap::<&str, BTreeSet<bool>>::new();
    for section in file.sections() {
        let Ok(name) = section.name() else { continue };
        let flags = section.elf_section_header().sh_flags(LittleEndian);
        if !flags.contains(elf::SHF_ALLOC) || is_of_the_tools(name.as_bytes()) {
            continue;
        }
        let code = section.data()?;
        for (place, relocation) in section.relocations() {
            let RelocationTarget::Symbol(index) = relocation.target() else {
                continue;
            };
            let Some(target) = file.symbol_by_index(index)?.section_index() else {
                continue;
            };
            if let Some(function) = functions.get(&target).filter(|_| target != section.index()) {
                let is_boot = name.starts_with(".initcall")
                    || name.starts_with(".init") && is_branch(code, place);
                by.entry(function).or_default().insert(is_boot);
            }
        }
    }
    let only = by
        .into_iter()
        .filter(|(_, is_boot)| !is_boot.contains(&false));
    Ok(only.map(|(name, _)| name.to_owned()).collect())
}

/// The functions that fit, each by the section of its own that it is in.
pub(super) fn functions_by_section<'a>(
    file: &ElfFile64<'a, LittleEndian>,
    fits: impl Fn(&ElfSymbol64<'a, '_, LittleEndian>) -> bool,
) -> HashMap<SectionIndex, &'a str> {
    let functions = file
        .symbols()
        .filter(|symbol| symbol.kind() == SymbolKind::Text && fits(symbol));
    let named = functions.filter_map(|symbol| {
        let (name, section) = (symbol.name().ok()?, symbol.section_index()?);
        let has_own = file.section_by_index(section).ok()?.name().ok()?;
        has_own.strip_suffix(name)?.strip_prefix(".text.")?;
        Some((section, name))
    });
    named.collect()
}
