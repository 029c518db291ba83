// SPDX-License-Identifier: GPL-2.0

//! What a type in debug information is to C, and how structs are laid out.

use super::{number, size, Die, Slice, Unit};
use crate::types::{Field, Layout, Own, Pointee, Type};
use gimli::AttributeValue;

/// Wrappers around wrappers, and arrays of arrays, are far fewer.
const DEEPEST: usize = 32;
/// No struct has more.
const MOST_FIELDS: usize = 4096;

impl<'a> Unit<'a, '_> {
    /// The type that an entry refers to.
    pub(super) fn type_of(&self, entry: &Die<'_, '_>) -> gimli::Result<Type> {
        self.type_below(entry, 0)
    }

    fn type_below(&self, entry: &Die<'_, '_>, depth: usize) -> gimli::Result<Type> {
        match self.bare(entry)? {
            Some(entry) => self.classify(&entry, depth),
            None => Ok(Type::Void),
        }
    }

    pub(super) fn classify(&self, entry: &Die<'_, '_>, depth: usize) -> gimli::Result<Type> {
        let size = number(entry, gimli::DW_AT_byte_size)?.unwrap_or_default();
        let name = self.string(entry, gimli::DW_AT_name)?;
        Ok(match entry.tag() {
            gimli::DW_TAG_base_type => base_type(entry, size)?,
            gimli::DW_TAG_pointer_type => Type::Pointer(self.pointee(entry, depth)?),
            gimli::DW_TAG_enumeration_type => match self.bare(entry)? {
                Some(inner) if inner.tag() == gimli::DW_TAG_base_type => base_type(&inner, size)?,
                _ => base_type(entry, size)?,
            },
            gimli::DW_TAG_array_type if depth < DEEPEST => Type::Array(
                Box::new(self.type_below(entry, depth + 1)?),
                self.count(entry)?,
            ),
            gimli::DW_TAG_structure_type | gimli::DW_TAG_union_type if self.is_c(entry) => {
                Type::Aggregate { name, size }
            }
            gimli::DW_TAG_structure_type | gimli::DW_TAG_union_type if depth < DEEPEST => {
                let inner = self.only_member(entry)?;
                let holds = inner
                    .map(|inner| self.classify(&inner, depth + 1))
                    .transpose()?;
                Type::Own(Own {
                    name: name.unwrap_or_default(),
                    size,
                    layout: self.layout_of(entry.offset()),
                    holds: holds.map(Box::new),
                })
            }
            _ => Type::Unknown(name.unwrap_or_default()),
        })
    }

    fn pointee(&self, pointer: &Die<'_, '_>, depth: usize) -> gimli::Result<Pointee> {
        // Rust has `c_void` as an enum.
        const OTHERS: [gimli::DwTag; 2] =
            [gimli::DW_TAG_pointer_type, gimli::DW_TAG_enumeration_type];
        Ok(match self.bare(pointer)? {
            Some(entry) if !OTHERS.contains(&entry.tag()) => {
                Pointee::of(self.classify(&entry, depth)?)
            }
            _ => Pointee::Other,
        })
    }

    /// How many an array has in all of its dimensions.
    fn count(&self, array: &Die<'_, '_>) -> gimli::Result<u64> {
        let mut count = 1u64;
        let mut tree = self.unit.entries_tree(Some(array.offset()))?;
        let mut children = tree.root()?.children();
        while let Some(child) = children.next()? {
            let last = number(child.entry(), gimli::DW_AT_upper_bound)?;
            let of = number(child.entry(), gimli::DW_AT_count)?
                .or(last.map(|last| last.wrapping_add(1)));
            count = count.saturating_mul(of.unwrap_or_default());
        }
        Ok(count)
    }

    /// The layouts that types of this unit have led to, with those that these lead to.
    pub(super) fn read_layouts(&self) -> gimli::Result<()> {
        loop {
            let next = self.pending.borrow_mut().pop();
            let Some((index, offset)) = next else {
                return Ok(());
            };
            let layout = self.layout(&self.unit.entry(offset)?)?;
            if let Some(place) = self.layouts.borrow_mut().get_mut(index) {
                *place = layout;
            }
        }
    }

    /// Which of the layouts a struct has; it is read later.
    fn layout_of(&self, offset: gimli::UnitOffset) -> usize {
        let mut layouts = self.layouts.borrow_mut();
        let mut known = self.known.borrow_mut();
        *known.entry(offset).or_insert_with(|| {
            layouts.push(Layout::default());
            self.pending.borrow_mut().push((layouts.len() - 1, offset));
            layouts.len() - 1
        })
    }

    fn layout(&self, entry: &Die<'_, '_>) -> gimli::Result<Layout> {
        let mut layout = Layout {
            name: self.string(entry, gimli::DW_AT_name)?.unwrap_or_default(),
            size: number(entry, gimli::DW_AT_byte_size)?.unwrap_or_default(),
            fields: None,
        };
        let mut fields = Vec::new();
        let mut tree = self.unit.entries_tree(Some(entry.offset()))?;
        let mut children = tree.root()?.children();
        while let Some(child) = children.next()? {
            let member = child.entry();
            match member.tag() {
                gimli::DW_TAG_member if fields.len() < MOST_FIELDS => fields.push(Field {
                    name: self.string(member, gimli::DW_AT_name)?.unwrap_or_default(),
                    offset: number(member, gimli::DW_AT_data_member_location)?
                        .unwrap_or_default()
                        .saturating_mul(8),
                    of: self.type_of(member)?,
                }),
                gimli::DW_TAG_member | gimli::DW_TAG_variant_part => return Ok(layout),
                _ => {}
            }
        }
        fields.sort_by_key(|field| field.offset);
        layout.fields = Some(fields);
        Ok(layout)
    }

    /// What a Rust struct or union holds, if that is all that it holds.
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
