// SPDX-License-Identifier: GPL-2.0

//! What the debug information of a translation unit says of its source: what was inlined into its functions, and the
//! types of its variables as C writes them.

use super::{each_unit, has_code, number, Die, Unit, LONGEST_CHAIN};
use crate::elf::Elf;
use gimli::UnitOffset;
use std::collections::{HashMap, HashSet};

/// What is known of a unit's source.
#[derive(Debug, Default)]
pub struct Source {
    /// What was inlined into each function that has code.
    pub inlined: HashMap<String, HashSet<String>>,
    /// The variables, by their names; none where C has no name for the type.
    pub variables: HashMap<String, Option<CVariable>>,
}

/// A variable as C writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CVariable {
    /// Its declaration, without `extern`.
    pub declaration: String,
    /// Its type.
    pub of: String,
}

/// Reads it.
pub fn read_source(elf: &Elf<'_>) -> gimli::Result<Source> {
    let mut found = Source::default();
    each_unit(elf, |unit| unit.read_source(&mut found))?;
    Ok(found)
}

impl Unit<'_, '_> {
    fn read_source(&self, found: &mut Source) -> gimli::Result<()> {
        let mut entries = self.unit.entries();
        let mut depth = 0isize;
        let mut function = None;
        while let Some((step, entry)) = entries.next_dfs()? {
            depth += step;
            match entry.tag() {
                gimli::DW_TAG_subprogram if depth == 1 => {
                    function = self.name(entry)?.filter(|_| has_code(entry) == Ok(true));
                }
                gimli::DW_TAG_inlined_subroutine => {
                    if let (Some(function), Some(name)) = (&function, self.name(entry)?) {
                        let all = found.inlined.entry(function.clone()).or_default();
                        all.insert(name);
                    }
                }
                gimli::DW_TAG_variable if depth == 1 => {
                    if let Some(name) = self.string(entry, gimli::DW_AT_name)? {
                        let declaration = self.typed(entry, name.clone())?;
                        let of = self.typed(entry, String::new())?;
                        let known = found.variables.entry(name).or_default();
                        let variable = declaration.zip(of).map(|(declaration, of)| CVariable {
                            declaration,
                            of: of.trim_end().to_owned(),
                        });
                        *known = known.take().or(variable);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The name of an entry, or of the one that it refers to.
    fn name(&self, entry: &Die<'_, '_>) -> gimli::Result<Option<String>> {
        if let Some(name) = self.string(entry, gimli::DW_AT_name)? {
            return Ok(Some(name));
        }
        match self.referred(entry, gimli::DW_AT_abstract_origin)? {
            Some(origin) => self.string(&self.unit.entry(origin)?, gimli::DW_AT_name),
            None => Ok(None),
        }
    }

    /// A declarator with the type of an entry, from the inside to the outside.
    fn typed(&self, entry: &Die<'_, '_>, declarator: String) -> gimli::Result<Option<String>> {
        let mut declarator = declarator;
        let mut qualifiers = String::new();
        let mut next = self.referred(entry, gimli::DW_AT_type)?;
        for _ in 0..LONGEST_CHAIN {
            let Some(offset) = next else {
                return Ok(Some(format!("{qualifiers}void {declarator}")));
            };
            let entry = self.unit.entry(offset)?;
            let name = self.string(&entry, gimli::DW_AT_name)?;
            let tagged = |tag: &str| {
                let name = name.as_ref()?;
                Some(format!("{qualifiers}{tag}{name} {declarator}"))
            };
            match entry.tag() {
                gimli::DW_TAG_base_type if name.as_deref() == Some("_Bool") => {
                    return Ok(Some(format!("{qualifiers}bool {declarator}")))
                }
                gimli::DW_TAG_base_type | gimli::DW_TAG_typedef => return Ok(tagged("")),
                gimli::DW_TAG_structure_type => return Ok(tagged("struct ")),
                gimli::DW_TAG_union_type => return Ok(tagged("union ")),
                gimli::DW_TAG_enumeration_type => return Ok(tagged("enum ")),
                gimli::DW_TAG_const_type => qualifiers += "const ",
                gimli::DW_TAG_volatile_type => qualifiers += "volatile ",
                gimli::DW_TAG_pointer_type => {
                    declarator = format!("*{}{declarator}", std::mem::take(&mut qualifiers));
                }
                gimli::DW_TAG_array_type => {
                    declarator = format!("{}{}", bracketed(declarator), self.dimensions(offset)?);
                }
                gimli::DW_TAG_subroutine_type => match self.parameter_list(offset)? {
                    Some(list) => declarator = format!("{}({list})", bracketed(declarator)),
                    None => return Ok(None),
                },
                _ => return Ok(None),
            }
            next = self.referred(&entry, gimli::DW_AT_type)?;
        }
        Ok(None)
    }

    fn dimensions(&self, offset: UnitOffset) -> gimli::Result<String> {
        let mut text = String::new();
        let mut tree = self.unit.entries_tree(Some(offset))?;
        let mut children = tree.root()?.children();
        while let Some(child) = children.next()? {
            let bound = number(child.entry(), gimli::DW_AT_upper_bound)?;
            let count = match number(child.entry(), gimli::DW_AT_count)? {
                Some(count) => Some(count),
                None => bound.and_then(|bound| bound.checked_add(1)),
            };
            let count = count.map_or(String::new(), |count| count.to_string());
            text += &format!("[{count}]");
        }
        Ok(text)
    }

    fn parameter_list(&self, offset: UnitOffset) -> gimli::Result<Option<String>> {
        let mut list = Vec::new();
        let mut tree = self.unit.entries_tree(Some(offset))?;
        let mut children = tree.root()?.children();
        while let Some(child) = children.next()? {
            match child.entry().tag() {
                gimli::DW_TAG_formal_parameter => {
                    let Some(of) = self.typed(child.entry(), String::new())? else {
                        return Ok(None);
                    };
                    list.push(of.trim_end().to_owned());
                }
                gimli::DW_TAG_unspecified_parameters => list.push("...".to_owned()),
                _ => {}
            }
        }
        Ok(Some(match list.is_empty() {
            true => "void".to_owned(),
            false => list.join(", "),
        }))
    }
}

/// What binds closer than the pointer that a declarator begins with.
fn bracketed(declarator: String) -> String {
    match declarator.starts_with('*') {
        true => format!("({declarator})"),
        false => declarator,
    }
}
