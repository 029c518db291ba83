// SPDX-License-Identifier: GPL-2.0

//! What a fix changes in one object, by objtool: the kernel's own tool extracts it.

use super::{
    compile::Pair,
    exports::Exports,
    object::{extract, Error, Extracted, Originals},
    objtool::{arguments, quiet, refusal},
    symbols, Refusal,
};
use crate::{
    elf::Elf,
    proof::{Memory, Proof, Unit, Verdict},
    tree::{last_words, Tree},
};
use anyhow::{bail, Result};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

/// What stands behind the name of a symbol that several units of an object have, and then the unit.
const UNIT: &str = ".klp_unit";

/// The units of one object that a fix changes.
pub struct Object<'a> {
    /// Its name, as the kernel has it.
    pub name: &'a str,
    /// Its units.
    pub units: Vec<Pair>,
    /// What runs.
    pub memory: &'a Memory,
    /// What it may refer to by name.
    pub exports: &'a Exports,
}

/// Functions of the object's own that cannot be replaced, each with why.
pub type ByCallers = BTreeMap<String, String>;

/// What objtool has found.
pub struct Difference {
    /// What is to be linked.
    pub extracted: Extracted,
    /// What goes quiet: tracepoints and debug messages.
    pub quiet: Vec<String>,
}

impl Object<'_> {
    /// Whether a function is its own, of one unit, so that all that calls it is there.
    pub fn is_own(&self, function: &str) -> Result<bool> {
        let mut count = 0;
        for pair in &self.units {
            count += usize::from(symbols::locals(&fs::read(&pair.original)?)?.contains(function));
        }
        Ok(count == 1)
    }

    /// Compares; `None` if nothing of the code changes.
    ///
    /// What is in `by_callers` is not replaced: what calls it is, and calls the fixed one.
    pub fn compare(
        &self,
        start: &str,
        by_callers: &ByCallers,
        tree: &Tree,
        scratch: &Path,
    ) -> Result<Option<Difference>> {
        let work = Work {
            start,
            by_callers,
            object: self,
            dir: scratch.join(format!("object-{}", self.name)),
            tree,
            exports: self.exports,
        };
        let locals = work.locals()?;
        work.join(&locals)?;
        work.adapt_symbols()?;
        let Some((difference, says)) = work.extract()? else {
            return Ok(None);
        };
        let proven = Proven::of(self, &locals)?;
        let extracted =
            extract(&difference, self.name, start, &proven).map_err(|error| match error {
                Error::Refused(refusal) => anyhow::Error::from(refusal),
                other => other.into(),
            })?;
        proven.refuse_overridden(&extracted)?;
        Ok(Some(Difference {
            extracted,
            quiet: quiet(&says),
        }))
    }
}

struct Work<'a> {
    object: &'a Object<'a>,
    dir: PathBuf,
    tree: &'a Tree,
    exports: &'a Exports,
    start: &'a str,
    by_callers: &'a ByCallers,
}

const SIDES: [&str; 2] = ["original", "patched"];

impl Work<'_> {
    fn of_side<'p>(&'p self, side: &str) -> impl Iterator<Item = &'p PathBuf> {
        let is_original = side == SIDES[0];
        let units = self.object.units.iter();
        units.map(move |pair| {
            if is_original {
                &pair.original
            } else {
                &pair.patched
            }
        })
    }

    /// objtool takes what stands before the first dot for the object's name.
    fn joined(&self, side: &str) -> PathBuf {
        self.dir
            .join(side)
            .join(format!("{}.fix.o", self.object.name))
    }

    /// The local symbols that more than one unit has.
    fn locals(&self) -> Result<BTreeSet<String>> {
        let mut seen = BTreeMap::<String, usize>::new();
        for pair in &self.object.units {
            let mut own = symbols::locals(&fs::read(&pair.original)?)?;
            own.extend(symbols::locals(&fs::read(&pair.patched)?)?);
            for name in own {
                *seen.entry(name).or_default() += 1;
            }
        }
        Ok(seen
            .into_iter()
            .filter(|(_, count)| *count > 1)
            .map(|(name, _)| name)
            .collect())
    }

    /// One object on each side, as a whole kernel's would be; symbols of one name get names of their
    /// own, and what only the fix refers to is referred to on both sides. Each unit's symbols come behind its file's name: where
    /// there is none, ld gives one, but only to what has local symbols.
    fn join(&self, locals: &BTreeSet<String>) -> Result<()> {
        let mut script = String::new();
        let wanted: Vec<_> = self
            .new_references()?
            .iter()
            .map(|name| format!(" -u '{name}'"))
            .collect();
        let wanted = wanted.concat();
        for side in SIDES {
            let dir = self.dir.join(side);
            fs::create_dir_all(&dir)?;
            let mut parts = String::new();
            for (number, object) in self.of_side(side).enumerate() {
                let renamed: Vec<_> = locals
                    .iter()
                    .map(|name| format!("{name} {name}{UNIT}{number}\n"))
                    .collect();
                let mut renamed = renamed.concat();
                if side == SIDES[1] {
                    self.by_callers.keys().for_each(|name| {
                        renamed += &format!("{name} {}{name}\n", self.start);
                    });
                }
                let (names, part) = (
                    dir.join(format!("{number}.names")),
                    dir.join(format!("{number}.o")),
                );
                fs::write(&names, renamed)?;
                writeln!(
                    script,
                    "objcopy -g --keep-file-symbols --redefine-syms='{}' '{}' '{}'",
                    names.display(),
                    object.display(),
                    part.display()
                )?;
                write!(parts, " '{}'", part.display())?;
            }
            let wanted = if side == SIDES[0] {
                wanted.as_str()
            } else {
                ""
            };
            let joined = self.joined(side);
            writeln!(
                script,
                "ld -r -m elf_x86_64 -z noexecstack{wanted} -o '{}'{parts}",
                joined.display()
            )?;
        }
        self.tree.run(&script, &[], &[&self.dir])?;
        Ok(())
    }

    /// What only the fixed units refer to, and the kernel does not export.
    fn new_references(&self) -> Result<BTreeSet<String>> {
        let (mut before, mut after) = (BTreeSet::new(), BTreeSet::new());
        for pair in &self.object.units {
            let original = fs::read(&pair.original)?;
            before.extend(symbols::undefined(&original)?);
            before.extend(symbols::defined(&original)?);
            after.extend(symbols::undefined(&fs::read(&pair.patched)?)?);
        }
        let new = after
            .into_iter()
            .filter(|name| !before.contains(name) && !self.exports.has_of_kernel(name));
        Ok(new.collect())
    }

    fn adapt_symbols(&self) -> Result<()> {
        let [original, patched] = SIDES.map(|side| self.joined(side));
        let ids = symbols::renamed_ids(&fs::read(&original)?, &fs::read(&patched)?)?;
        if !ids.is_empty() {
            self.rename(&patched, &ids)?;
        }
        for file in [&original, &patched] {
            let mut bytes = fs::read(file)?;
            let keys = keys_of_branches(&bytes)?;
            symbols::set_types(&mut bytes, |name| {
                keys.contains(name) || is_key_of_calls(name) || self.object.memory.is_variable(name)
            })?;
            fs::write(file, bytes)?;
        }
        Ok(())
    }

    /// In two steps, as old and new names may be the same ones.
    fn rename(&self, file: &Path, names: &[(String, String)]) -> Result<()> {
        let steps = [self.dir.join("ids.1"), self.dir.join("ids.2")];
        let numbered = names.iter().enumerate();
        let (mut first, mut second) = (String::new(), String::new());
        for (number, (from, to)) in numbered {
            writeln!(first, "{from} {UNIT}.{number}")?;
            writeln!(second, "{UNIT}.{number} {to}")?;
        }
        fs::write(&steps[0], first)?;
        fs::write(&steps[1], second)?;
        let mut script = String::new();
        for step in &steps {
            writeln!(
                script,
                "objcopy --redefine-syms='{}' '{}'",
                step.display(),
                file.display()
            )?;
        }
        self.tree.run(&script, &[], &[&self.dir])?;
        Ok(())
    }

    /// The difference and what objtool says, if there is any.
    fn extract(&self) -> Result<Option<(Vec<u8>, String)>> {
        let name = self.object.name;
        let info = self.dir.join("modinfo");
        fs::write(&info, format!("\0name={name}\0"))?;
        let kind = if name == "vmlinux" { "" } else { "--module" };
        let script = format!(
            "rm -f '{dir}/fix.o'
            arguments=$({arguments})
            for side in original patched; do
                file='{dir}'/$side/{name}.fix.o
                readelf -SW \"$file\" | grep -q ' \\.modinfo ' || objcopy --add-section .modinfo='{info}' \"$file\"
                \"$objtool\" $arguments --link {kind} \"$file\" || true
                \"$objtool\" klp checksum \"$file\"
            done >'{dir}/check' 2>&1
            cd '{dir}/original'
            ln -sf '{kdir}/Module.symvers' .
            \"$objtool\" klp diff {name}.fix.o ../patched/{name}.fix.o ../fix.o 2>&1",
            arguments = arguments(self.tree),
            dir = self.dir.display(),
            kdir = self.tree.kdir.display(),
            info = info.display(),
        );
        let ran = self.tree.try_run(&script, &[], &[&self.dir])?;
        let says = ran.stdout;
        if let Some(status) = ran.failed {
            if let Some(refusal) = refusal(&says) {
                return Err(refusal.into());
            }
            let check = fs::read_to_string(self.dir.join("check")).unwrap_or_default();
            bail!(
                "objtool cannot compare {name}: {}",
                last_words(
                    &[check.as_str(), says.as_str(), ran.stderr.as_str()].join("\n"),
                    &status
                )
            );
        }
        let file = self.dir.join("fix.o");
        match file.exists() {
            true => Ok(Some((fs::read(file)?, says))),
            false => Ok(None),
        }
    }
}

/// What the table of static branches refers to, another module's keys among it.
fn keys_of_branches(object: &[u8]) -> Result<BTreeSet<String>> {
    let elf = Elf::parse(object)?;
    let names = elf
        .named_in(".rela__jump_table")
        .filter_map(|(_, name)| name);
    Ok(names.map(str::to_owned).collect())
}

/// Whether it is the key of a static call; objtool makes their table.
fn is_key_of_calls(name: &str) -> bool {
    name.starts_with("__SCK__")
}

/// The symbols of the units, by where their code was proven to be.
struct Proven<'a> {
    memory: &'a Memory,
    /// The position of each local symbol; none if it is not known.
    locals: BTreeMap<String, (String, Option<u64>)>,
    /// Weak functions of the units that others take the place of.
    overridden: BTreeSet<String>,
}

impl<'a> Proven<'a> {
    fn of(object: &Object<'a>, repeated: &BTreeSet<String>) -> Result<Self> {
        let (mut locals, mut overridden) = (BTreeMap::new(), BTreeSet::new());
        for (number, pair) in object.units.iter().enumerate() {
            let bytes = fs::read(&pair.made.object)?;
            let unit = Unit::parse(&bytes)?;
            let proof = crate::proof::prove(&unit, object.memory);
            let weak = proof
                .functions
                .iter()
                .filter(|one| one.verdict == Verdict::Overridden);
            overridden.extend(weak.map(|function| function.name.clone()));
            for symbol in unit.symbols.iter().filter(|symbol| symbol.is_local) {
                let name = match repeated.contains(symbol.name) {
                    true => format!("{}{UNIT}{number}", symbol.name),
                    false => symbol.name.to_owned(),
                };
                let position = position(&proof, symbol, object.memory);
                locals.insert(name, (symbol.name.to_owned(), position));
            }
        }
        Ok(Self {
            memory: object.memory,
            locals,
            overridden,
        })
    }

    /// What bears the name in the kernel is another function.
    fn refuse_overridden(&self, extracted: &Extracted) -> Result<(), Refusal> {
        let mut replaced = extracted.replaced.iter();
        let one = replaced.find(|replaced| self.overridden.contains(&replaced.function));
        match one {
            None => Ok(()),
            Some(replaced) => Err(Refusal::NotReplaceable {
                function: replaced.function.clone(),
                why: "it is weak, and the kernel runs another one in its place; change that one"
                    .to_owned(),
            }),
        }
    }
}

fn position(proof: &Proof, symbol: &crate::proof::Symbol<'_>, memory: &Memory) -> Option<u64> {
    match memory.named(symbol.name) {
        [] => Some(0), // what is not there is found out when the whole is verified
        _ => proof.position(symbol, memory),
    }
}

impl Originals for Proven<'_> {
    fn find(&self, symbol: &str) -> Option<(String, u64)> {
        if let Some((name, position)) = self.locals.get(symbol) {
            return Some((name.clone(), (*position)?));
        }
        let position = match self.memory.named(symbol) {
            [] => 0,
            _ => self.memory.position_of_global(symbol)?,
        };
        Some((symbol.to_owned(), position))
    }
}
