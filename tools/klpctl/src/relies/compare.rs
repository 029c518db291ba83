// SPDX-License-Identifier: GPL-2.0

//! Two objects of one unit, function by function, by objtool's checksums of their code.
//!
//! C source: `tools/objtool/klp-checksum.c`

use crate::{
    bytes,
    elf::{Elf, Place, Target},
    tree::{last_words, Tree},
};
use anyhow::{bail, Context, Result};
use object::elf::{RelocationType, R_X86_64_PC32, R_X86_64_PLT32};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// The table of checksums: each entry has the place that it is of, and then the sum.
const TABLE: &str = ".discard.sym_checksum";
const ENTRY: usize = 16;

/// The functions of an object, by their names.
pub struct Sums(BTreeMap<String, Code>);

/// A function's code.
struct Code {
    sum: u64,
    refers_to: BTreeSet<String>,
    /// Whether it runs when its object comes, and then no more.
    is_init: bool,
}

impl Sums {
    /// Has objtool sum up an object; `copy` is where it does that.
    pub fn of(object: &Path, copy: &Path, tree: &Tree) -> Result<Self> {
        let script = format!(
            "cp '{object}' '{copy}'
            \"$objtool\" klp checksum '{copy}' 2>&1",
            object = object.display(),
            copy = copy.display()
        );
        let dir = copy.parent().context("an object without directory")?;
        let ran = tree.try_run(&script, &[], &[dir])?;
        if let Some(status) = ran.failed {
            bail!(
                "objtool cannot sum up its code, which that of Linux 6.19 and later can: {}",
                last_words(&format!("{}\n{}", ran.stderr, ran.stdout), &status)
            );
        }
        let data = bytes::read(copy)?;
        let sums = Self::parse(&Elf::parse(&data)?);
        sums.context("objtool has left no checksums in it")
    }

    fn parse(elf: &Elf<'_>) -> Option<Self> {
        let section = elf.section(TABLE)?;
        let table = Place { section, offset: 0 };
        let entries = elf.bytes(section).chunks_exact(ENTRY).enumerate();
        let sums: BTreeMap<u64, u64> = entries
            .map(|(i, entry)| {
                let sum = entry[8..].try_into().map_or(0, u64::from_le_bytes);
                ((i * ENTRY) as u64, sum)
            })
            .collect();
        let mut functions = BTreeMap::new();
        for (entry, to) in elf.references(table, elf.size(section)) {
            let (Some(&sum), Target::Inside(start)) = (sums.get(&entry.offset), to) else {
                continue;
            };
            if !elf.is_code(start.section) {
                continue;
            }
            for symbol in elf.symbols_at(start) {
                let code = Code {
                    sum,
                    refers_to: references(elf, start, symbol.size),
                    is_init: elf.section_name(start.section).starts_with(".init"),
                };
                functions.insert(symbol.name.to_owned(), code);
            }
        }
        Some(Self(functions))
    }
}

/// The names of what code refers to.
fn references(elf: &Elf<'_>, start: Place, size: u64) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for reference in elf.relocations(start, size) {
        match reference.target {
            Target::Outside(name) => drop(names.insert(name.to_owned())),
            Target::Inside(place) => {
                let symbols = elf.symbols_at(meant(reference.kind, place)).iter();
                names.extend(symbols.map(|symbol| symbol.name.to_owned()));
            }
        }
    }
    names
}

/// The processor counts from the end of a field of four bytes.
fn meant(kind: RelocationType, place: Place) -> Place {
    match kind {
        R_X86_64_PC32 | R_X86_64_PLT32 => place.after(4),
        _ => place,
    }
}

/// The functions whose code is another one when nothing is known of `function`, and those that call a form of it that the
/// compiler made. In the kernel, what is `__init` has run.
///
/// What it calls may be compiled another way too, and relies on nothing: only what leads to it counts.
pub fn relying(function: &str, before: &Sums, after: &Sums, is_kernel: bool) -> Vec<String> {
    let is_form = |name: &str| {
        let rest = name.strip_prefix(function);
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    let is_it = |name: &str| name == function || is_form(name);
    let is_other =
        |name: &str, code: &Code| after.0.get(name).is_none_or(|now| now.sum != code.sum);
    let callers = leading_to(is_it, &[before, after]);
    let relying = before.0.iter().filter(|(name, code)| {
        !is_it(name)
            && callers.contains(name.as_str())
            && !(is_kernel && code.is_init)
            && (is_other(name, code) || code.refers_to.iter().any(|to| is_form(to)))
    });
    relying.map(|(name, _)| name.clone()).collect()
}

/// What refers to such functions, by others too, in one of the objects.
fn leading_to<'s>(is_it: impl Fn(&str) -> bool, objects: &[&'s Sums]) -> BTreeSet<&'s str> {
    let all = || objects.iter().flat_map(|object| object.0.iter());
    let mut leading = BTreeSet::new();
    loop {
        let count = leading.len();
        for (name, code) in all() {
            let leads = |to: &String| is_it(to) || leading.contains(to.as_str());
            if code.refers_to.iter().any(leads) {
                leading.insert(name.as_str());
            }
        }
        if leading.len() == count {
            return leading;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(functions: &[(&str, u64, &[&str])]) -> Sums {
        let all = functions.iter().map(|(name, sum, refers_to)| {
            let code = Code {
                sum: *sum,
                refers_to: refers_to.iter().map(|&name| name.to_owned()).collect(),
                is_init: name.starts_with("init"),
            };
            ((*name).to_owned(), code)
        });
        Sums(all.collect())
    }

    #[test]
    fn who_has_other_code_or_calls_a_form_of_it_relies_on_a_function() {
        let before = sums(&[
            ("f", 1, &["called"]),
            ("f.part.0", 2, &[]),
            ("same", 3, &["f"]),
            ("f_too", 4, &["f"]),
            ("changed", 5, &["f"]),
            ("copy", 5, &[]),
            ("by_others", 5, &["same"]),
            ("of_a_form", 6, &["f.part.0"]),
            ("gone.isra.0", 7, &["changed"]),
            ("init", 8, &["f"]),
            ("called", 9, &[]),
        ]);
        let after = sums(&[
            ("f", 9, &["called"]),
            ("same", 3, &["f"]),
            ("f_too", 4, &["f"]),
            ("changed", 50, &["f"]),
            ("copy", 50, &["f"]),
            ("by_others", 50, &["same"]),
            ("of_a_form", 6, &["f"]),
            ("new", 7, &["f"]),
            ("init", 80, &["f"]),
            ("called", 90, &[]),
        ]);
        let expected = [
            "by_others",
            "changed",
            "copy",
            "gone.isra.0",
            "init",
            "of_a_form",
        ];
        assert_eq!(relying("f", &before, &after, false), expected);
        let of_kernel = relying("f", &before, &after, true);
        assert_eq!(
            of_kernel,
            expected
                .into_iter()
                .filter(|name| *name != "init")
                .collect::<Vec<_>>()
        );
        assert!(relying("same", &before, &before, false).is_empty());
    }
}
