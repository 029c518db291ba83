// SPDX-License-Identifier: GPL-2.0

//! What `objtool klp diff` extracts, made into an object that the kernel's build system links with
//! a livepatch's tables.
//!
//! C source: `tools/objtool/klp-diff.c` (which writes it)

mod own;
mod references;

pub(super) use self::references::{is_branch, is_of_the_tools};

use self::{
    own::{is_function, Own},
    references::{all_relocations, relocations_of},
};
use super::Refusal;
use object::{
    build::{
        elf::{Builder, Relocation, SectionData, SectionId, SymbolId},
        Id,
    },
    elf,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

const FUNCTIONS: &[u8] = b".init.klp_funcs";
const TABLES: [&[u8]; 3] = [FUNCTIONS, b".init.klp_objects", b".rodata.klp.str1.1"];
/// `struct klp_func_ext`: the old name, the new function, the position.
const ENTRY: u64 = 24;
const SYMBOL: &str = ".klp.sym.";
const PREFIX: &str = "__pfx_";

/// An object to be linked.
pub struct Extracted {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it replaces.
    pub replaced: Vec<Replaced>,
    /// New functions.
    pub added: Vec<String>,
    /// Functions whose addresses are taken, so that something else may call them later.
    pub pointed_at: Vec<String>,
    /// New variables that have pointers, such as tables of operations.
    pub tables: Vec<String>,
    /// Replacements that jump to a new function, each with that: what runs there is not seen.
    pub jumps: Vec<(String, String)>,
}

/// A function that is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The original, as the kernel names it.
    pub function: String,
    /// Its position among those of that name; 0 if it is the only one.
    pub position: u64,
    /// The replacement's symbol.
    pub symbol: String,
}

/// What is known of the original's symbols.
pub trait Originals {
    /// The kernel's name of a symbol, and its position; `None` if that is not known.
    fn find(&self, symbol: &str) -> Option<(String, u64)>;
}

/// Makes an object of the difference for `owner`; replacements begin with `start`.
pub fn extract(
    difference: &[u8],
    owner: &str,
    start: &str,
    originals: &impl Originals,
) -> Result<Extracted, Error> {
    let mut builder = Builder::read64(difference)?;
    let changed = changed(&builder);
    let mut replaced = Vec::new();
    let mut symbols = HashMap::new();
    for (symbol, function) in &changed {
        let (name, position) = found(originals, function)?;
        let place = if position > 1 {
            format!("_{position}")
        } else {
            String::new()
        };
        let new = format!("{start}{}{place}", name.replace('.', "_"));
        symbols.insert(symbol.index(), new.clone());
        replaced.push(Replaced {
            function: name,
            position,
            symbol: new,
        });
    }
    let own = Own::of(&builder, &symbols);
    let (added, pointed_at, jumps) = (own.added(), own.pointed_at(&builder), own.jumps(&builder));
    let tables = tables(&builder);
    delete_tables(&mut builder);
    rename(&mut builder, owner, &symbols, &changed, originals)?;
    let mut bytes = Vec::new();
    builder.write(&mut bytes)?;
    Ok(Extracted {
        bytes,
        replaced,
        added,
        pointed_at,
        tables,
        jumps,
    })
}

/// Why there is no object.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What objtool wrote cannot be read.
    #[error("what objtool wrote is not understood: {0}")]
    Elf(#[from] object::build::Error),
    /// It is not to be.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

fn found(originals: &impl Originals, symbol: &str) -> Result<(String, u64), Refusal> {
    originals
        .find(symbol)
        .ok_or_else(|| Refusal::Position(symbol.to_owned()))
}

/// The symbols of functions that replace others, with those others' names, in objtool's order.
fn changed(builder: &Builder<'_>) -> Vec<(SymbolId, String)> {
    let mut entries = BTreeMap::<u64, (Option<String>, Option<SymbolId>)>::new();
    for relocation in relocations_of(builder, FUNCTIONS) {
        let Some(symbol) = relocation.symbol else {
            continue;
        };
        let entry = entries.entry(relocation.r_offset / ENTRY).or_default();
        match relocation.r_offset % ENTRY {
            0 => entry.0 = string(builder, symbol, relocation.r_addend),
            8 => entry.1 = function_at(builder, symbol, relocation.r_addend),
            _ => {}
        }
    }
    let complete = entries
        .into_values()
        .filter_map(|(name, symbol)| Some((symbol?, name?)));
    complete.collect()
}

fn string(builder: &Builder<'_>, symbol: SymbolId, addend: i64) -> Option<String> {
    let symbol = builder.symbols.get(symbol);
    let SectionData::Data(data) = &builder.sections.get(symbol.section?).data else {
        return None;
    };
    let start = usize::try_from(symbol.st_value.checked_add_signed(addend)?).ok()?;
    let text = data.get(start..)?.split(|&byte| byte == 0).next()?;
    String::from_utf8(text.to_vec()).ok()
}

/// A reference may be to the function, or to its section.
fn function_at(builder: &Builder<'_>, symbol: SymbolId, addend: i64) -> Option<SymbolId> {
    let named = builder.symbols.get(symbol);
    if named.st_type() == elf::STT_FUNC {
        return Some(symbol);
    }
    let (section, offset) = (named.section?, named.st_value.checked_add_signed(addend)?);
    let mut all = builder.symbols.iter();
    let is_it = |other: &&object::build::elf::Symbol<'_>| {
        is_function(other) && other.section == Some(section) && other.st_value == offset
    };
    all.find(is_it).map(|found| found.id())
}

fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// New variables that have pointers to functions.
fn tables(builder: &Builder<'_>) -> Vec<String> {
    let pointers: BTreeSet<(usize, u64)> = all_relocations(builder)
        .filter(|(_, relocation)| points_at_a_function(builder, relocation))
        .map(|(section, relocation)| (section.index(), relocation.r_offset))
        .collect();
    let is_table = |symbol: &&object::build::elf::Symbol<'_>| {
        let Some(section) = symbol
            .section
            .filter(|_| symbol.st_type() == elf::STT_OBJECT)
        else {
            return false;
        };
        let place = |offset| (section.index(), symbol.st_value.saturating_add(offset));
        !is_of_the_tools(&builder.sections.get(section).name)
            && pointers
                .range(place(0)..place(symbol.st_size))
                .next()
                .is_some()
    };
    let tables = builder.symbols.iter().filter(is_table);
    tables.map(|symbol| text(&symbol.name)).collect()
}

/// What is not here may be one: `.klp.sym.` names have no type.
fn points_at_a_function(builder: &Builder<'_>, relocation: &Relocation) -> bool {
    let Some(symbol) = relocation.symbol.map(|symbol| builder.symbols.get(symbol)) else {
        return false;
    };
    match symbol.section {
        None => true,
        Some(section) => builder
            .sections
            .get(section)
            .sh_flags
            .contains(elf::SHF_EXECINSTR),
    }
}

/// objtool's tables are for upstream's own initialisation.
fn delete_tables(builder: &mut Builder<'_>) {
    let is_table = |name: &[u8]| TABLES.contains(&name);
    let tables: Vec<SectionId> = builder
        .sections
        .iter()
        .filter(|section| is_table(&section.name))
        .map(|section| section.id())
        .collect();
    for section in &mut builder.sections {
        let is_of_table = section
            .sh_info_section
            .is_some_and(|of| tables.contains(&of));
        section.delete |= tables.contains(&section.id()) || is_of_table;
    }
    builder.delete_orphans();
}

/// Replacements are what the tables refer to; nothing else is seen from outside.
fn rename(
    builder: &mut Builder<'_>,
    owner: &str,
    symbols: &HashMap<usize, String>,
    changed: &[(SymbolId, String)],
    originals: &impl Originals,
) -> Result<(), Refusal> {
    let prefixed: HashMap<String, &String> = changed
        .iter()
        .filter_map(|(symbol, name)| {
            Some((format!("{PREFIX}{name}"), symbols.get(&symbol.index())?))
        })
        .collect();
    for symbol in &mut builder.symbols {
        let name = text(&symbol.name);
        if let Some(new) = symbols.get(&symbol.id().index()) {
            symbol.set_st_info(elf::STB_GLOBAL, elf::STT_FUNC);
            symbol.name = new.clone().into_bytes().into();
        } else if let Some(new) = prefixed.get(&name) {
            symbol.name = format!("{PREFIX}{new}").into_bytes().into();
        } else if let Some(reference) = name.strip_prefix(SYMBOL) {
            if let Some(new) = positioned(reference, owner, originals)? {
                symbol.name = new.into_bytes().into();
            }
        } else if symbol.section.is_some() && symbol.st_bind() != elf::STB_LOCAL {
            let kind = symbol.st_type();
            symbol.set_st_info(elf::STB_LOCAL, kind);
        }
    }
    Ok(())
}

/// `OBJECT.NAME,0` with the position that the kernel has. Exports of third modules are unique.
fn positioned(
    reference: &str,
    owner: &str,
    originals: &impl Originals,
) -> Result<Option<String>, Refusal> {
    let Some((object, name)) = reference.split_once('.') else {
        return Ok(None);
    };
    let Some((name, _)) = name.rsplit_once(',') else {
        return Ok(None);
    };
    if object != owner {
        return Ok(None);
    }
    let (name, position) = found(originals, name)?;
    Ok(Some(format!("{SYMBOL}{object}.{name},{position}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct One;

    impl Originals for One {
        fn find(&self, symbol: &str) -> Option<(String, u64)> {
            (symbol == "a.klp2").then(|| ("a".to_owned(), 3))
        }
    }

    #[test]
    fn references_have_the_kernels_name_and_position() {
        let found = positioned("vmlinux.a.klp2,0", "vmlinux", &One);
        assert_eq!(found, Ok(Some(".klp.sym.vmlinux.a,3".to_owned())));
        let unknown = positioned("vmlinux.b,0", "vmlinux", &One);
        assert_eq!(unknown, Err(Refusal::Position("b".into())));
    }
}
