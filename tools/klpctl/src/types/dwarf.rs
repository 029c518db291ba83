// SPDX-License-Identifier: GPL-2.0

//! The types in a module's debug information: what was compiled, whatever the source calls it.
//! Rust's wrappers are seen through: a struct that holds nothing but another is that other to C.
//!
//! # Security
//!
//! The file is not trusted. Chains of types end after [`LONGEST_CHAIN`], and nothing recurses.

use super::{Pointee, Prototype, Type};
use crate::elf::Elf;
use gimli::{AttributeValue, DebuggingInformationEntry, EndianSlice, LittleEndian, UnitOffset};
use object::{Object, ObjectSection, ObjectSymbol, RelocationTarget};
use std::collections::{HashMap, HashSet};

type Slice<'a> = EndianSlice<'a, LittleEndian>;
type Die<'a, 'u> = DebuggingInformationEntry<'u, 'u, Slice<'a>>;

/// Typedefs, qualifiers and wrappers around one type are far fewer.
const LONGEST_CHAIN: usize = 64;
/// No function takes more.
const MOST_ARGUMENTS: usize = 64;

/// The prototypes of the functions that have one of these symbols.
pub fn prototypes(
    elf: &Elf<'_>,
    symbols: &HashSet<String>,
) -> gimli::Result<HashMap<String, Prototype>> {
    let sections = gimli::DwarfSections::load(|id| gimli::Result::Ok(relocated(elf, id.name())))?;
    let dwarf = sections.borrow(|section| EndianSlice::new(section, LittleEndian));
    let mut found = HashMap::new();
    let mut headers = dwarf.units();
    while let Some(header) = headers.next()? {
        let unit = dwarf.unit(header)?;
        let unit = Unit {
            dwarf: &dwarf,
            bindings: bindings(&dwarf, &unit)?,
            is_rust: is_rust(&unit)?,
            unit: &unit,
        };
        unit.find(symbols, &mut found)?;
    }
    Ok(found)
}

/// A section's bytes, with the offsets filled in that the linker of a module leaves open.
fn relocated(elf: &Elf<'_>, name: &str) -> Vec<u8> {
    let Some(section) = elf.file().section_by_name(name) else {
        return Vec::new();
    };
    let mut bytes = section.data().unwrap_or_default().to_vec();
    for (offset, relocation) in section.relocations() {
        let RelocationTarget::Symbol(index) = relocation.target() else {
            continue;
        };
        let Ok(symbol) = elf.file().symbol_by_index(index) else {
            continue;
        };
        let value = symbol
            .address()
            .wrapping_add(relocation.addend() as u64)
            .to_le_bytes();
        let size = usize::from(relocation.size() / 8).min(value.len());
        let place = usize::try_from(offset)
            .ok()
            .and_then(|at| bytes.get_mut(at..at.checked_add(size)?));
        if let Some(place) = place {
            place.copy_from_slice(&value[..size]);
        }
    }
    bytes
}

fn is_rust(unit: &gimli::Unit<Slice<'_>>) -> gimli::Result<bool> {
    let mut tree = unit.entries_tree(None)?;
    let root = tree.root()?;
    let language = root.entry().attr_value(gimli::DW_AT_language)?;
    Ok(language == Some(AttributeValue::Language(gimli::DW_LANG_Rust)))
}

/// The types in a namespace `bindings`, whose names are C's.
fn bindings(
    dwarf: &gimli::Dwarf<Slice<'_>>,
    unit: &gimli::Unit<Slice<'_>>,
) -> gimli::Result<HashSet<UnitOffset>> {
    let mut found = HashSet::new();
    let mut entries = unit.entries();
    let (mut depth, mut inside) = (0isize, None);
    while let Some((step, entry)) = entries.next_dfs()? {
        depth += step;
        if inside.is_some_and(|start| depth <= start) {
            inside = None;
        }
        if inside.is_some() {
            found.insert(entry.offset());
        } else if entry.tag() == gimli::DW_TAG_namespace {
            let name = entry
                .attr(gimli::DW_AT_name)?
                .map(|name| dwarf.attr_string(unit, name.value()));
            inside = name
                .transpose()?
                .filter(|name| name.slice() == b"bindings")
                .map(|_| depth);
        }
    }
    Ok(found)
}

struct Unit<'a, 'u> {
    dwarf: &'u gimli::Dwarf<Slice<'a>>,
    unit: &'u gimli::Unit<Slice<'a>>,
    bindings: HashSet<UnitOffset>,
    is_rust: bool,
}

impl<'a> Unit<'a, '_> {
    fn find(
        &self,
        symbols: &HashSet<String>,
        found: &mut HashMap<String, Prototype>,
    ) -> gimli::Result<()> {
        let mut entries = self.unit.entries();
        while let Some((_, entry)) = entries.next_dfs()? {
            let has_code = entry.attr(gimli::DW_AT_low_pc)?.is_some()
                || entry.attr(gimli::DW_AT_ranges)?.is_some();
            if entry.tag() != gimli::DW_TAG_subprogram || !has_code {
                continue;
            }
            let Some(name) = self.symbol(entry)? else {
                continue;
            };
            if symbols.contains(&name) {
                found.insert(name, self.prototype(entry)?);
            }
        }
        Ok(())
    }

    /// The symbol of a function: its own, or that of the entry that it refers to.
    fn symbol(&self, entry: &Die<'_, '_>) -> gimli::Result<Option<String>> {
        for attribute in [gimli::DW_AT_linkage_name, gimli::DW_AT_name] {
            if let Some(name) = self.string(entry, attribute)? {
                return Ok(Some(name));
            }
        }
        match self.referred(entry, gimli::DW_AT_abstract_origin)? {
            Some(origin) => self.string(&self.unit.entry(origin)?, gimli::DW_AT_name),
            None => Ok(None),
        }
    }

    /// Out of line, an inlined function has its types in the entry that it refers to.
    fn prototype(&self, entry: &Die<'_, '_>) -> gimli::Result<Prototype> {
        let offset = self
            .referred(entry, gimli::DW_AT_abstract_origin)?
            .unwrap_or(entry.offset());
        let entry = self.unit.entry(offset)?;
        let mut prototype = Prototype {
            arguments: Vec::new(),
            result: self.type_of(&entry)?,
            variadic: false,
        };
        let mut tree = self.unit.entries_tree(Some(offset))?;
        let mut children = tree.root()?.children();
        while let Some(child) = children.next()? {
            match child.entry().tag() {
                gimli::DW_TAG_formal_parameter if prototype.arguments.len() < MOST_ARGUMENTS => {
                    prototype.arguments.push(self.type_of(child.entry())?);
                }
                gimli::DW_TAG_unspecified_parameters => prototype.variadic = true,
                _ => {}
            }
        }
        Ok(prototype)
    }

    fn type_of(&self, entry: &Die<'_, '_>) -> gimli::Result<Type> {
        let Some(entry) = self.bare(entry)? else {
            return Ok(Type::Void);
        };
        let size = number(&entry, gimli::DW_AT_byte_size)?.unwrap_or_default();
        let name = self.string(&entry, gimli::DW_AT_name)?;
        Ok(match entry.tag() {
            gimli::DW_TAG_base_type => base_type(&entry, size)?,
            gimli::DW_TAG_pointer_type => Type::Pointer(self.pointee(&entry)?),
            gimli::DW_TAG_enumeration_type => match self.bare(&entry)? {
                Some(inner) if inner.tag() == gimli::DW_TAG_base_type => base_type(&inner, size)?,
                _ => base_type(&entry, size)?,
            },
            gimli::DW_TAG_structure_type | gimli::DW_TAG_union_type if self.is_c(&entry) => {
                Type::Aggregate { name, size }
            }
            gimli::DW_TAG_structure_type if size > 0 => match self.unwrap(entry)? {
                inner if inner.tag() == gimli::DW_TAG_pointer_type => {
                    Type::Pointer(self.pointee(&inner)?)
                }
                inner if inner.tag() == gimli::DW_TAG_base_type => base_type(&inner, size)?,
                inner if self.is_c(&inner) => Type::Aggregate {
                    name: self.string(&inner, gimli::DW_AT_name)?,
                    size,
                },
                _ => Type::Unknown(name.unwrap_or_default()),
            },
            _ => Type::Unknown(name.unwrap_or_default()),
        })
    }

    fn pointee(&self, pointer: &Die<'_, '_>) -> gimli::Result<Pointee> {
        let Some(entry) = self.bare(pointer)? else {
            return Ok(Pointee::Other);
        };
        let entry = self.unwrap(entry)?;
        let name = self.string(&entry, gimli::DW_AT_name)?;
        let is_struct = matches!(
            entry.tag(),
            gimli::DW_TAG_structure_type | gimli::DW_TAG_union_type
        );
        Ok(match name {
            Some(name) if is_struct && self.is_c(&entry) => Pointee::Struct(name),
            Some(name) if is_struct => Pointee::Unknown(name),
            _ if entry.tag() == gimli::DW_TAG_base_type => {
                number(&entry, gimli::DW_AT_byte_size)?.map_or(Pointee::Other, Pointee::Integer)
            }
            _ => Pointee::Other,
        })
    }

    fn is_c(&self, entry: &Die<'_, '_>) -> bool {
        !self.is_rust || self.bindings.contains(&entry.offset())
    }

    /// The entry that an entry's type leads to, below typedefs and qualifiers.
    fn bare<'s>(&'s self, entry: &Die<'_, '_>) -> gimli::Result<Option<Die<'a, 's>>> {
        let mut next = self.referred(entry, gimli::DW_AT_type)?;
        for _ in 0..LONGEST_CHAIN {
            let Some(offset) = next else { return Ok(None) };
            let entry = self.unit.entry(offset)?;
            match entry.tag() {
                gimli::DW_TAG_typedef
                | gimli::DW_TAG_const_type
                | gimli::DW_TAG_volatile_type
                | gimli::DW_TAG_restrict_type => next = self.referred(&entry, gimli::DW_AT_type)?,
                _ => return Ok(Some(entry)),
            }
        }
        Ok(None)
    }

    /// What a Rust struct or union holds, if that is all that it holds.
    fn unwrap<'s>(&'s self, mut entry: Die<'a, 's>) -> gimli::Result<Die<'a, 's>> {
        for _ in 0..LONGEST_CHAIN {
            let is_wrapper = matches!(
                entry.tag(),
                gimli::DW_TAG_structure_type | gimli::DW_TAG_union_type
            );
            if !is_wrapper || self.is_c(&entry) {
                break;
            }
            match self.only_member(&entry)? {
                Some(inner) => entry = inner,
                None => break,
            }
        }
        Ok(entry)
    }

    fn only_member<'s>(&'s self, entry: &Die<'_, '_>) -> gimli::Result<Option<Die<'a, 's>>> {
        let outer = size(entry)?;
        let mut only = None;
        let mut tree = self.unit.entries_tree(Some(entry.offset()))?;
        let mut children = tree.root()?.children();
        while let Some(child) = children.next()? {
            match child.entry().tag() {
                gimli::DW_TAG_member => {}
                gimli::DW_TAG_variant_part => return self.only_variant(child, outer),
                _ => continue,
            }
            let Some(inner) = self.bare(child.entry())? else {
                return Ok(None);
            };
            if size(&inner)? == Some(0) {
                continue;
            }
            if only.is_some() {
                return Ok(None);
            }
            only = Some(inner);
        }
        Ok(only.filter(|inner| matches!(size(inner), Ok(found) if found == outer)))
    }

    /// What an enum holds, if only one of its variants holds anything and that fills it, as a
    /// pointer does an `Option` of it.
    fn only_variant<'s>(
        &'s self,
        part: gimli::EntriesTreeNode<'_, '_, '_, Slice<'a>>,
        outer: Option<u64>,
    ) -> gimli::Result<Option<Die<'a, 's>>> {
        let mut only = None;
        let mut variants = part.children();
        while let Some(variant) = variants.next()? {
            let mut members = variant.children();
            while let Some(member) = members.next()? {
                let Some(inner) = self.bare(member.entry())? else {
                    continue;
                };
                for held in self.fields(&inner)? {
                    if only.is_some() || size(&held)? != outer {
                        return Ok(None);
                    }
                    only = Some(held);
                }
            }
        }
        Ok(only)
    }

    fn fields<'s>(&'s self, entry: &Die<'_, '_>) -> gimli::Result<Vec<Die<'a, 's>>> {
        let mut fields = Vec::new();
        let mut tree = self.unit.entries_tree(Some(entry.offset()))?;
        let mut children = tree.root()?.children();
        while let Some(child) = children.next()? {
            if child.entry().tag() == gimli::DW_TAG_member {
                fields.extend(self.bare(child.entry())?);
            }
        }
        Ok(fields)
    }

    /// The entry of this unit that an attribute refers to.
    fn referred(
        &self,
        entry: &Die<'_, '_>,
        attribute: gimli::DwAt,
    ) -> gimli::Result<Option<UnitOffset>> {
        Ok(match entry.attr_value(attribute)? {
            Some(AttributeValue::UnitRef(offset)) => Some(offset),
            Some(AttributeValue::DebugInfoRef(offset)) => offset.to_unit_offset(&self.unit.header),
            _ => None,
        })
    }

    fn string(&self, entry: &Die<'_, '_>, attribute: gimli::DwAt) -> gimli::Result<Option<String>> {
        let Some(attribute) = entry.attr(attribute)? else {
            return Ok(None);
        };
        let text = self.dwarf.attr_string(self.unit, attribute.value())?;
        Ok(Some(text.to_string_lossy().into_owned()))
    }
}

fn size(entry: &Die<'_, '_>) -> gimli::Result<Option<u64>> {
    match entry.tag() {
        gimli::DW_TAG_pointer_type => Ok(Some(8)),
        _ => number(entry, gimli::DW_AT_byte_size),
    }
}

fn number(entry: &Die<'_, '_>, attribute: gimli::DwAt) -> gimli::Result<Option<u64>> {
    Ok(entry
        .attr(attribute)?
        .and_then(|attribute| attribute.udata_value()))
}

fn base_type(entry: &Die<'_, '_>, size: u64) -> gimli::Result<Type> {
    let Some(AttributeValue::Encoding(encoding)) = entry.attr_value(gimli::DW_AT_encoding)? else {
        return Ok(Type::Unknown("a type without an encoding".to_owned()));
    };
    Ok(match encoding {
        _ if size == 0 => Type::Void,
        gimli::DW_ATE_boolean => Type::Bool,
        gimli::DW_ATE_signed | gimli::DW_ATE_signed_char => Type::Integer { size, signed: true },
        gimli::DW_ATE_unsigned | gimli::DW_ATE_unsigned_char | gimli::DW_ATE_UTF => Type::Integer {
            size,
            signed: false,
        },
        gimli::DW_ATE_float => Type::Float(size),
        _ => Type::Unknown(format!("a type of the encoding {encoding}")),
    })
}
