// SPDX-License-Identifier: GPL-2.0

//! The tables of a patch in a module's data: the kernel's own structs, or those that klp-build and
//! kpatch leave in a section.
//!
//! C headers: `include/linux/livepatch.h`, `include/linux/livepatch_external.h`; kpatch's
//! `kmod/patch/kpatch-patch.h`

use super::{Body, Error, Function, Object, Patch, Replace, Replacement, Source, State};
use crate::elf::{Elf, Place, Target};
use object::{Object as _, ObjectSymbol};
use std::collections::{BTreeSet, HashMap};

/// A struct of a table: what it is called, its public part, and its size in current kernels.
struct Layout {
    table: &'static str,
    public: u64,
    size: u64,
}

const FUNC: Layout = Layout {
    table: "struct klp_func",
    public: 24,
    size: 152,
};
const OBJECT: Layout = Layout {
    table: "struct klp_object",
    public: 56,
    size: 168,
};
const STATE: Layout = Layout {
    table: "struct klp_state",
    public: 24,
    size: 24,
};

/// No table of a kernel whose structs are of an unknown size has more.
const MOST_ENTRIES: usize = 1024;

// Fields of struct klp_patch.
const PATCH_OBJECTS: u64 = 8;
const PATCH_STATES: u64 = 16;
const PATCH_REPLACE: u64 = 24;

/// Finds the tables and fills in what they say; whether there are any.
pub fn read(elf: &Elf<'_>, patch: &mut Patch) -> Result<bool, Error> {
    if let Some(section) = elf.section(".init.klp_objects") {
        return klp_build(elf, section, patch).map(|()| true);
    }
    if let Some(section) = elf.section(".kpatch.funcs") {
        return kpatch(elf, section, patch).map(|()| true);
    }
    match find_patch(elf) {
        Some(place) => kernel_structs(elf, place, patch).map(|()| true),
        None => Ok(false),
    }
}

/// Adds what the tables know and a description does not: the replacements and the callbacks.
pub fn add_replacements(elf: &Elf<'_>, patch: &mut Patch) -> Result<(), Error> {
    let mut tables = Patch::default();
    read(elf, &mut tables)?;
    let key = |object: &str, function: &Function| {
        (
            object.to_owned(),
            function.name.clone(),
            function.position(),
        )
    };
    let known: HashMap<_, _> = tables
        .functions()
        .map(|(object, function)| (key(object, function), &function.replacement))
        .collect();
    for object in &mut patch.objects {
        for function in &mut object.functions {
            let replacement = known.get(&key(&object.name, function));
            function.replacement = replacement.and_then(|found| (*found).clone());
        }
    }
    add_objects(patch, tables.objects);
    Ok(())
}

/// What a description leaves out: callbacks, and objects without functions.
fn add_objects(patch: &mut Patch, tables: Vec<Object>) {
    for object in tables {
        let mut known = patch.objects.iter_mut();
        match known.find(|known| known.name == object.name) {
            Some(known) => known.callbacks = object.callbacks,
            None => patch.objects.push(Object {
                functions: Vec::new(),
                ..object
            }),
        }
    }
}

/// Finds what the trampolines of Rust replacements call.
pub fn add_bodies(elf: &Elf<'_>, patch: &mut Patch) {
    let bodies: HashMap<_, _> = elf
        .items()
        .filter_map(|(place, symbol)| Some((symbol.name.strip_suffix(".body")?, (place, symbol))))
        .collect();
    for function in patch
        .objects
        .iter_mut()
        .flat_map(|object| &mut object.functions)
    {
        if let Some(replacement) = &mut function.replacement {
            let body = bodies.get(replacement.name.as_str());
            replacement.body = body.map(|&(place, symbol)| Body {
                size: symbol.size,
                place,
            });
        }
    }
}

/// The hooks of a `struct klp_object`, after its name and its functions.
fn callbacks(elf: &Elf<'_>, object: Place) -> Vec<&'static str> {
    let hooks = ["pre_patch", "post_patch", "pre_unpatch", "post_unpatch"];
    let at = (16..).step_by(8);
    hooks
        .into_iter()
        .zip(at)
        .filter(|&(_, at)| elf.pointer(object.after(at)).is_some())
        .map(|(hook, _)| hook)
        .collect()
}

/// `struct klp_patch` begins with a pointer to the module and one to the objects.
pub fn find_patch(elf: &Elf<'_>) -> Option<Place> {
    let module = Place {
        section: elf.section(".gnu.linkonce.this_module")?,
        offset: 0,
    };
    elf.pointers()
        .filter(|&(_, target)| target == Target::Inside(module))
        .map(|(place, _)| place)
        .find(|&place| {
            let objects = elf.pointer_inside(place.after(PATCH_OBJECTS));
            objects.is_some_and(|first| {
                let functions = elf.pointer_inside(first.after(8));
                functions.is_some_and(|functions| elf.read::<24>(functions).is_some())
            })
        })
}

fn kernel_structs(elf: &Elf<'_>, place: Place, patch: &mut Patch) -> Result<(), Error> {
    patch.source = Source::Tables;
    patch.replace = replace(elf, place)?;
    if let Some(objects) = elf.pointer_inside(place.after(PATCH_OBJECTS)) {
        for entry in entries(elf, objects, &OBJECT)? {
            let name = name(elf, entry, &OBJECT)?.unwrap_or("vmlinux");
            let functions = elf
                .pointer_inside(entry.after(8))
                .ok_or_else(|| damaged(elf, entry, &OBJECT, "it has no functions"))?;
            patch.objects.push(Object {
                name: name.to_owned(),
                functions: Vec::new(),
                callbacks: callbacks(elf, entry),
            });
            for entry in entries(elf, functions, &FUNC)? {
                let function = function(elf, entry, [0, 8, 16], &FUNC)?;
                patch
                    .objects
                    .last_mut()
                    .expect("one was pushed")
                    .functions
                    .push(function);
            }
        }
    }
    patch.states = Some(match elf.pointer_inside(place.after(PATCH_STATES)) {
        Some(states) => read_states(elf, states)?,
        None => Vec::new(),
    });
    Ok(())
}

/// Code that writes to the field means that the value in the file is not the last word.
fn replace(elf: &Elf<'_>, patch: Place) -> Result<Replace, Error> {
    let field = patch.after(PATCH_REPLACE);
    let writes = elf.code().any(|section| {
        let code = Place { section, offset: 0 };
        elf.references(code, elf.size(section)).any(|(_, target)| {
            // Relative to the end of the instruction: 4 bytes further on, and 5 with a constant.
            [4, 5].iter().any(|&further| {
                target
                    == Target::Inside(Place {
                        offset: field.offset.wrapping_sub(further),
                        ..field
                    })
            })
        })
    });
    if writes {
        return Ok(Replace::WhenLoaded(
            "its code writes to the field".to_owned(),
        ));
    }
    let [value] = elf
        .read(field)
        .ok_or_else(|| damaged(elf, patch, &OBJECT, "it ends outside of its section"))?;
    Ok(if value == 0 {
        Replace::No
    } else {
        Replace::Yes
    })
}

fn read_states(elf: &Elf<'_>, first: Place) -> Result<Vec<State>, Error> {
    let mut states = Vec::new();
    let mut place = first;
    loop {
        let id = word(elf, place, &STATE)?;
        if id == 0 {
            return Ok(states);
        }
        let version = word(elf, place.after(8), &STATE)? as u32;
        states.push(State {
            id,
            version,
            ..Default::default()
        });
        place = place.after(STATE.size);
    }
}

fn klp_build(elf: &Elf<'_>, section: usize, patch: &mut Patch) -> Result<(), Error> {
    const OBJECT: Layout = Layout {
        table: "struct klp_object_ext",
        public: 64,
        size: 64,
    };
    const FUNC: Layout = Layout {
        table: "struct klp_func_ext",
        public: 24,
        size: 24,
    };
    patch.source = Source::KlpBuild;
    patch.states = Some(Vec::new());
    patch.replace = Replace::WhenLoaded(
        "klp-build sets it in the module's code, by default to true".to_owned(),
    );
    for entry in whole_section(elf, section, &OBJECT)? {
        let object = name(elf, entry, &OBJECT)?.unwrap_or("vmlinux");
        let functions = elf
            .pointer_inside(entry.after(8))
            .ok_or_else(|| damaged(elf, entry, &OBJECT, "it has no functions"))?;
        let count = word(elf, entry.after(56), &OBJECT)? as u32;
        for i in 0..u64::from(count) {
            patch.add(
                object,
                function(elf, functions.after(i * FUNC.size), [0, 8, 16], &FUNC)?,
            );
        }
        if let Some(known) = patch.objects.iter_mut().find(|known| known.name == object) {
            known.callbacks = callbacks(elf, entry);
        }
    }
    Ok(())
}

fn kpatch(elf: &Elf<'_>, section: usize, patch: &mut Patch) -> Result<(), Error> {
    const FUNC: Layout = Layout {
        table: "struct kpatch_patch_func",
        public: 56,
        size: 56,
    };
    patch.source = Source::Kpatch;
    patch.states = Some(Vec::new());
    patch.replace =
        Replace::WhenLoaded("kpatch sets it in the module's code, by default to true".to_owned());
    for entry in whole_section(elf, section, &FUNC)? {
        let object = elf
            .pointer_inside(entry.after(48))
            .and_then(|place| elf.string(place));
        let object =
            object.ok_or_else(|| damaged(elf, entry, &FUNC, "the object's name is no text"))?;
        patch.add(object, function(elf, entry, [40, 0, 32], &FUNC)?);
    }
    Ok(())
}

/// The entries of a section that holds nothing else.
fn whole_section(
    elf: &Elf<'_>,
    section: usize,
    layout: &Layout,
) -> Result<impl Iterator<Item = Place>, Error> {
    let len = elf.bytes(section).len() as u64;
    let first = Place { section, offset: 0 };
    if len == 0 || len % layout.size != 0 {
        return Err(damaged(
            elf,
            first,
            layout,
            "the section's size is not a multiple of the struct's",
        ));
    }
    let size = layout.size;
    Ok((0..len / size).map(move |i| first.after(i * size)))
}

/// The entries before the one that ends the table.
fn entries(elf: &Elf<'_>, first: Place, layout: &Layout) -> Result<Vec<Place>, Error> {
    let size = entry_size(elf, first, layout);
    let mut entries = Vec::new();
    let mut place = first;
    while !is_last(elf, place, layout)? {
        entries.push(place);
        place = place.after(size);
    }
    Ok(entries)
}

fn is_last(elf: &Elf<'_>, place: Place, layout: &Layout) -> Result<bool, Error> {
    let ends_outside = || damaged(elf, place, layout, "no entry ends the table");
    elf.read::<24>(place).ok_or_else(ends_outside)?;
    Ok([0, 8]
        .iter()
        .all(|&field| elf.pointer(place.after(field)).is_none()))
}

/// The structs of other kernels are of other sizes. A table whose symbol says how large it is gives
/// the size away: all entries but the last have pointers in their public part, and nowhere else.
fn entry_size(elf: &Elf<'_>, first: Place, layout: &Layout) -> u64 {
    let symbol = elf.symbols_at(first).first();
    let Some(table) = symbol
        .map(|symbol| symbol.size)
        .filter(|&table| table <= elf.size(first.section))
    else {
        return layout.size;
    };
    let fits = |&size: &u64| {
        size >= layout.public
            && table % size == 0
            && elf.references(first, table).all(|(place, _)| {
                let field = (place.offset - first.offset) % size;
                field < layout.public && place.offset - first.offset < table - size
            })
    };
    let most = elf.references(first, table).take(MOST_ENTRIES).count() as u64 + 1;
    let others = (2..=most)
        .map(|count| table / count)
        .filter(|size| size % 8 == 0);
    if is_followed_by_redzone(elf, first, table, layout) {
        return layout.size;
    }
    std::iter::once(layout.size)
        .chain(others)
        .find(fits)
        .unwrap_or(layout.size)
}

/// With KASAN, clang makes a variable larger than it is. All entries but the last point at what they are about by their second field, and
/// the last word of their public part is no pointer.
fn is_followed_by_redzone(elf: &Elf<'_>, first: Place, table: u64, layout: &Layout) -> bool {
    let mut symbols = elf.file().symbols();
    if table % layout.size == 0
        || !symbols.any(|symbol| symbol.name().is_ok_and(|name| name.starts_with("__asan_")))
    {
        return false;
    }
    let offsets: BTreeSet<u64> = elf
        .references(first, table)
        .map(|(place, _)| place.offset - first.offset)
        .collect();
    offsets.iter().all(|offset| {
        let field = offset % layout.size;
        field < layout.public - 8 && offsets.contains(&(offset - field + 8))
    })
}

fn function(
    elf: &Elf<'_>,
    entry: Place,
    [name_at, new_at, sympos_at]: [u64; 3],
    layout: &Layout,
) -> Result<Function, Error> {
    let name = name(elf, entry.after(name_at), layout)?
        .ok_or_else(|| damaged(elf, entry, layout, "it has no name"))?;
    let place = elf.pointer_inside(entry.after(new_at));
    Ok(Function {
        name: name.to_owned(),
        sympos: word(elf, entry.after(sympos_at), layout)?,
        prototype: None,
        form: None,
        calls_original: false,
        is_of_source: false,
        relying: None,
        replacement: place.map(|place| {
            let symbol = elf.symbols_at(place).first();
            Replacement {
                name: symbol.map_or("?", |symbol| symbol.name).to_owned(),
                size: symbol.map_or(0, |symbol| symbol.size),
                place,
                body: None,
            }
        }),
    })
}

fn name<'a>(elf: &Elf<'a>, place: Place, layout: &Layout) -> Result<Option<&'a str>, Error> {
    match elf.pointer_inside(place) {
        None => Ok(None),
        Some(text) => match elf.string(text) {
            Some(name) if !name.is_empty() => Ok(Some(name)),
            _ => Err(damaged(elf, place, layout, "a name is no text")),
        },
    }
}

fn word(elf: &Elf<'_>, place: Place, layout: &Layout) -> Result<u64, Error> {
    let bytes = elf
        .read(place)
        .ok_or_else(|| damaged(elf, place, layout, "it ends outside of its section"))?;
    Ok(u64::from_le_bytes(bytes))
}

fn damaged(elf: &Elf<'_>, place: Place, layout: &Layout, why: &'static str) -> Error {
    Error::Table {
        table: layout.table,
        section: elf.section_name(place.section).to_owned(),
        offset: place.offset,
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::tests::Module;
    use object::elf::R_X86_64_64;

    /// The size of an entry of a table of functions with pointers at these offsets, followed by a symbol.
    fn size_of(table: u64, pointers: &[u64], other: &'static str) -> u64 {
        let mut relocations: Vec<_> = pointers
            .iter()
            .map(|&offset| (offset, "elsewhere", R_X86_64_64))
            .collect();
        relocations.push((table, other, R_X86_64_64));
        let module = Module::new()
            .with_section(".data", vec![0; table as usize + 8], &relocations)
            .with_place("functions", ".data", 0)
            .with_size("functions", table)
            .bytes();
        let elf = Elf::parse(&module).unwrap();
        let section = elf.section(".data").unwrap();
        entry_size(&elf, Place { section, offset: 0 }, &FUNC)
    }

    #[test]
    fn structs_of_other_kernels_are_of_other_sizes() {
        assert_eq!(size_of(3 * 152, &[0, 8, 152, 160], "other"), 152);
        assert_eq!(size_of(3 * 160, &[0, 8, 160, 168], "other"), 160);
        assert_eq!(size_of(3 * 144, &[0, 8, 144, 152], "other"), 144);
    }

    #[test]
    fn what_is_behind_a_table_for_kasan_is_none_of_it() {
        let pointers = [0, 8, 152, 160];
        assert_eq!(size_of(576, &pointers, "__asan_load8"), 152);
        assert_ne!(size_of(576, &pointers, "other"), 152);
        let other = [0, 8, 160, 168];
        assert_eq!(size_of(640, &other, "__asan_load8"), 160);
    }
}
