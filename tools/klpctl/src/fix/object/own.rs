// SPDX-License-Identifier: GPL-2.0

//! The functions that an object has, and what leads to them.

use super::{
    references::{all_relocations, is_branch, is_jump, is_of_the_tools, leads_to},
    text, PREFIX,
};
use object::{
    build::{
        elf::{Builder, SectionData, SectionId, Symbol},
        Id,
    },
    elf,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The object's own functions.
pub(super) struct Own<'s> {
    /// Each by where it begins.
    functions: BTreeMap<(usize, u64), (usize, String, u64)>,
    replacing: &'s HashMap<usize, String>,
}

impl<'s> Own<'s> {
    /// Those of an object, some of which replace others.
    pub(super) fn of(builder: &Builder<'_>, replacing: &'s HashMap<usize, String>) -> Self {
        let functions = builder.symbols.iter().filter(|symbol| is_function(symbol));
        let functions = functions.filter_map(|symbol| {
            let place = (symbol.section?.index(), symbol.st_value);
            Some((
                place,
                (symbol.id().index(), text(&symbol.name), symbol.st_size),
            ))
        });
        Self {
            functions: functions.collect(),
            replacing,
        }
    }

    fn around(&self, section: SectionId, offset: u64) -> Option<&(usize, String, u64)> {
        let range = (section.index(), 0)..=(section.index(), offset);
        let ((_, start), function) = self.functions.range(range).next_back()?;
        (offset - start < function.2).then_some(function)
    }

    /// Those that replace nothing.
    pub(super) fn added(&self) -> Vec<String> {
        let mut functions = self.functions.values();
        let mut added = Vec::new();
        functions.by_ref().for_each(|(symbol, name, _)| {
            if !self.replacing.contains_key(symbol) && !name.ends_with(".cold") {
                added.push(name.clone());
            }
        });
        added
    }

    /// Neither called nor jumped to: an address in data, or in an operand.
    pub(super) fn pointed_at(&self, builder: &Builder<'_>) -> Vec<String> {
        let mut found = BTreeSet::new();
        for (section, relocation) in all_relocations(builder) {
            let of = builder.sections.get(section);
            let is_code = of.sh_flags.contains(elf::SHF_EXECINSTR);
            let is_branch = match &of.data {
                SectionData::Data(code) if is_code => is_branch(code, relocation.r_offset),
                _ => false,
            };
            if is_branch || (!is_code && is_of_the_tools(&of.name)) {
                continue;
            }
            let distance = if is_code && relocation.r_type == elf::R_X86_64_PC32 {
                4
            } else {
                0
            };
            let place = leads_to(builder, relocation, distance);
            let function =
                place.and_then(|(section, offset)| self.functions.get(&(section.index(), offset)));
            if let Some((_, name, _)) = function {
                found.insert(name.clone());
            }
        }
        found.into_iter().collect()
    }

    /// `jmp` and `jcc` out of a replacement to what is no replacement.
    pub(super) fn jumps(&self, builder: &Builder<'_>) -> Vec<(String, String)> {
        let mut found = BTreeSet::new();
        for (section, relocation) in all_relocations(builder) {
            let SectionData::Data(code) = &builder.sections.get(section).data else {
                continue;
            };
            let Some((from, name, _)) = self.around(section, relocation.r_offset) else {
                continue;
            };
            if !self.replacing.contains_key(from) || !is_jump(code, relocation.r_offset) {
                continue;
            }
            let place = leads_to(builder, relocation, 4);
            match place.and_then(|(section, offset)| self.around(section, offset)) {
                Some((to, target, _)) if to != from && !self.replacing.contains_key(to) => {
                    found.insert((name.clone(), target.clone()));
                }
                _ => {}
            }
        }
        found.into_iter().collect()
    }
}

/// Whether a symbol is a function of the object's own.
pub(super) fn is_function(symbol: &Symbol<'_>) -> bool {
    symbol.st_type() == elf::STT_FUNC
        && symbol.section.is_some()
        && !symbol.name.starts_with(PREFIX.as_bytes())
}
