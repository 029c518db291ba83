// SPDX-License-Identifier: GPL-2.0

//! What became of functions that have no code of their own: which others they were inlined into.

use super::{each_unit, has_code, Die, Unit};
use crate::elf::Elf;
use gimli::UnitOffset;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The functions that a unit defines, of those that are looked for, and the ones with code of their own that each of
/// them was inlined into.
pub type Inlined = BTreeMap<String, BTreeSet<String>>;

/// Looks for functions of these names.
pub fn read(elf: &Elf<'_>, names: &BTreeSet<&str>) -> gimli::Result<Inlined> {
    let mut found = Inlined::new();
    each_unit(elf, |unit| {
        let defined = unit.defined(names)?;
        for name in defined.values() {
            found.entry(name.clone()).or_default();
        }
        unit.inlined(&defined, &mut found)
    })?;
    Ok(found)
}

type Defined = HashMap<UnitOffset, String>;

impl<'a> Unit<'a, '_> {
    fn defined(&self, names: &BTreeSet<&str>) -> gimli::Result<Defined> {
        let mut defined = Defined::new();
        let mut entries = self.unit.entries();
        while let Some((_, entry)) = entries.next_dfs()? {
            if entry.tag() != gimli::DW_TAG_subprogram
                || entry.attr(gimli::DW_AT_declaration)?.is_some()
            {
                continue;
            }
            let name = self.string(entry, gimli::DW_AT_name)?;
            if let Some(name) = name.filter(|name| names.contains(name.as_str())) {
                defined.insert(entry.offset(), name);
            }
        }
        Ok(defined)
    }

    fn inlined(&self, defined: &Defined, found: &mut Inlined) -> gimli::Result<()> {
        let mut entries = self.unit.entries();
        let mut around = Around::default();
        while let Some((step, entry)) = entries.next_dfs()? {
            around.step(step);
            match entry.tag() {
                gimli::DW_TAG_subprogram if around.function.is_none() && has_code(entry)? => {
                    around.function = self.symbol(entry)?.map(|name| (around.depth, name));
                }
                gimli::DW_TAG_inlined_subroutine if has_code(entry)? => {
                    let name = self.origin(entry, defined)?;
                    if let (Some(name), Some((_, function))) = (name, &around.function) {
                        let into = found.entry(name.to_owned()).or_default();
                        into.insert(function.clone());
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn origin<'d>(
        &self,
        entry: &Die<'a, '_>,
        defined: &'d Defined,
    ) -> gimli::Result<Option<&'d String>> {
        let origin = self.referred(entry, gimli::DW_AT_abstract_origin)?;
        Ok(origin.and_then(|origin| defined.get(&origin)))
    }
}

/// The function with code that an entry is in.
#[derive(Default)]
struct Around {
    depth: isize,
    function: Option<(isize, String)>,
}

impl Around {
    fn step(&mut self, step: isize) {
        self.depth += step;
        if self
            .function
            .as_ref()
            .is_some_and(|(depth, _)| self.depth <= *depth)
        {
            self.function = None;
        }
    }
}
