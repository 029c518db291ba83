// SPDX-License-Identifier: GPL-2.0

//! The types in a module's debug information: what was compiled, whatever the source calls it.
//! Rust's wrappers are seen through: a struct that holds nothing but another is that other to C.
//!
//! # Security
//!
//! The file is not trusted. Chains of types end after [`LONGEST_CHAIN`], and wrappers of wrappers
//! after a limit of their own.

mod inlined;
mod source;
mod types;

pub use inlined::{read as read_inlined, Inlined};
pub use source::{read_source, CVariable, Source};

use super::{Layout, Prototype, Type};
use crate::elf::Elf;
use gimli::{AttributeValue, DebuggingInformationEntry, EndianSlice, LittleEndian, UnitOffset};
use object::{Object, ObjectSection, ObjectSymbol, RelocationTarget};
use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
};

type Slice<'a> = EndianSlice<'a, LittleEndian>;
type Die<'a, 'u> = DebuggingInformationEntry<'u, 'u, Slice<'a>>;

/// Typedefs, qualifiers and wrappers around one type are far fewer.
const LONGEST_CHAIN: usize = 64;
/// No function takes more.
const MOST_ARGUMENTS: usize = 64;
/// Which item in the function that the macro `symbols!` makes has the symbol's prototype.
const PROTOTYPE: &str = "PROTOTYPE";

/// What is looked for.
#[derive(Debug, Default)]
pub struct Wanted {
    /// The symbols of functions.
    pub functions: HashSet<String>,
    /// The paths of what `klp::symbols!` declares, and the symbols that `klp.h` declares.
    pub declared: HashSet<String>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Compiled {
    /// The prototypes of functions, by their symbols.
    pub functions: HashMap<String, Prototype>,
    /// What is declared, by the path or the symbol; C files may do so each in another way.
    pub declared: HashMap<String, Vec<Declared>>,
    /// The structs that these lead to.
    pub layouts: Vec<Layout>,
}

/// What a patch declares of a symbol of the kernel's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declared {
    /// A function.
    Function(Prototype),
    /// A variable.
    Variable(Type),
}

/// Looks for functions and declarations, and for the structs that they lead to.
pub fn read(elf: &Elf<'_>, wanted: &Wanted) -> gimli::Result<Compiled> {
    let mut found = Compiled::default();
    each_unit(elf, |unit| {
        unit.layouts.replace(std::mem::take(&mut found.layouts));
        unit.find(wanted, &mut found)?;
        unit.read_layouts()?;
        found.layouts = unit.layouts.take();
        Ok(())
    })?;
    Ok(found)
}

fn each_unit(
    elf: &Elf<'_>,
    mut work: impl FnMut(&Unit<'_, '_>) -> gimli::Result<()>,
) -> gimli::Result<()> {
    let sections = gimli::DwarfSections::load(|id| gimli::Result::Ok(relocated(elf, id.name())))?;
    let dwarf = sections.borrow(|section| EndianSlice::new(section, LittleEndian));
    let mut headers = dwarf.units();
    while let Some(header) = headers.next()? {
        let unit = dwarf.unit(header)?;
        work(&Unit::of(&dwarf, &unit)?)?;
    }
    Ok(())
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

fn has_code(entry: &Die<'_, '_>) -> gimli::Result<bool> {
    Ok(entry.attr(gimli::DW_AT_low_pc)?.is_some() || entry.attr(gimli::DW_AT_ranges)?.is_some())
}

fn is_rust(unit: &gimli::Unit<Slice<'_>>) -> gimli::Result<bool> {
    let mut tree = unit.entries_tree(None)?;
    let root = tree.root()?;
    let language = root.entry().attr_value(gimli::DW_AT_language)?;
    Ok(language == Some(AttributeValue::Language(gimli::DW_LANG_Rust)))
}

/// The types in the crate `bindings`, whose names are C's.
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
        } else if depth == 1 && entry.tag() == gimli::DW_TAG_namespace {
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

/// The namespaces around an entry.
#[derive(Default)]
struct Path {
    names: Vec<(isize, String)>,
    depth: isize,
}

impl Path {
    fn step(&mut self, step: isize) {
        self.depth += step;
        while self
            .names
            .last()
            .is_some_and(|(depth, _)| *depth >= self.depth)
        {
            self.names.pop();
        }
    }

    fn enter(&mut self, name: String) {
        self.names.push((self.depth, name));
    }

    /// Whether the entry is in namespaces alone.
    fn is_item(&self) -> bool {
        self.names.len() as isize == self.depth - 1
    }

    /// The path that the macro `symbols!` calls a symbol's place by.
    fn of_symbol(&self, name: &str) -> String {
        let names = self.names.iter().map(|(_, name)| name.as_str());
        let own = (name != PROTOTYPE).then_some(name);
        names.chain(own).collect::<Vec<_>>().join("::")
    }
}

struct Unit<'a, 'u> {
    dwarf: &'u gimli::Dwarf<Slice<'a>>,
    unit: &'u gimli::Unit<Slice<'a>>,
    bindings: HashSet<UnitOffset>,
    is_rust: bool,
    layouts: RefCell<Vec<Layout>>,
    known: RefCell<HashMap<UnitOffset, usize>>,
    pending: RefCell<Vec<(usize, UnitOffset)>>,
}

impl<'a, 'u> Unit<'a, 'u> {
    fn of(
        dwarf: &'u gimli::Dwarf<Slice<'a>>,
        unit: &'u gimli::Unit<Slice<'a>>,
    ) -> gimli::Result<Self> {
        Ok(Self {
            dwarf,
            bindings: bindings(dwarf, unit)?,
            is_rust: is_rust(unit)?,
            unit,
            layouts: RefCell::default(),
            known: RefCell::default(),
            pending: RefCell::default(),
        })
    }
}

impl<'a> Unit<'a, '_> {
    fn find(&self, wanted: &Wanted, found: &mut Compiled) -> gimli::Result<()> {
        let mut entries = self.unit.entries();
        let mut path = Path::default();
        while let Some((step, entry)) = entries.next_dfs()? {
            path.step(step);
            match entry.tag() {
                gimli::DW_TAG_namespace => {
                    path.enter(self.string(entry, gimli::DW_AT_name)?.unwrap_or_default());
                }
                gimli::DW_TAG_subprogram if has_code(entry)? => {
                    let name = self.symbol(entry)?;
                    if let Some(name) = name.filter(|name| wanted.functions.contains(name)) {
                        found.functions.insert(name, self.prototype(entry)?);
                    }
                }
                gimli::DW_TAG_variable if path.is_item() && self.is_rust => {
                    let name = self.string(entry, gimli::DW_AT_name)?;
                    let Some(path) = name.map(|name| path.of_symbol(&name)) else {
                        continue;
                    };
                    if wanted.declared.contains(&path) {
                        let all = found.declared.entry(path).or_default();
                        all.extend(self.declared(entry)?);
                    }
                }
                gimli::DW_TAG_subprogram | gimli::DW_TAG_variable if !self.is_rust => {
                    let Some(name) = self.string(entry, gimli::DW_AT_linkage_name)? else {
                        continue;
                    };
                    let name = name.trim_matches('"');
                    if wanted.declared.contains(name) {
                        let all = found.declared.entry(name.to_owned()).or_default();
                        all.push(self.declared_in_c(entry)?);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What `klp.h` gives the symbol of something else.
    fn declared_in_c(&self, entry: &Die<'_, '_>) -> gimli::Result<Declared> {
        Ok(match entry.tag() {
            gimli::DW_TAG_variable => Declared::Variable(self.type_of(entry)?),
            _ => Declared::Function(self.parameters(entry.offset())?),
        })
    }

    /// What the macro `symbols!` declares: its statics have the type as a parameter of theirs.
    fn declared(&self, entry: &Die<'_, '_>) -> gimli::Result<Option<Declared>> {
        let Some(holder) = self.bare(entry)? else {
            return Ok(None);
        };
        let mut tree = self.unit.entries_tree(Some(holder.offset()))?;
        let mut children = tree.root()?.children();
        while let Some(child) = children.next()? {
            if child.entry().tag() != gimli::DW_TAG_template_type_parameter {
                continue;
            }
            if self.string(entry, gimli::DW_AT_name)?.as_deref() != Some(PROTOTYPE) {
                return Ok(Some(Declared::Variable(self.type_of(child.entry())?)));
            }
            let pointer = self.bare(child.entry())?;
            let function = pointer
                .map(|pointer| self.bare(&pointer))
                .transpose()?
                .flatten();
            return function
                .map(|function| Ok(Declared::Function(self.parameters(function.offset())?)))
                .transpose();
        }
        Ok(None)
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
        self.parameters(offset)
    }

    /// What a function, or the type of one, takes and returns.
    fn parameters(&self, offset: UnitOffset) -> gimli::Result<Prototype> {
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
