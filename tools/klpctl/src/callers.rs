// SPDX-License-Identifier: GPL-2.0

//! What became of a function that a kernel has no symbol for: which functions it was inlined into. The kernel's source
//! is searched for it, and the units that may have it are compiled as the kernel's were.

use crate::{
    bytes,
    elf::Elf,
    hint,
    kernel::{Kernel, Object},
    near,
    patch::Function,
    progress,
    tree::{Definitions, Made, Owner, Tree},
    types::read_inlined,
    verify::{judge_function, where_it_went, Status},
};
use anyhow::{Context, Result};
use std::collections::BTreeSet;

/// More units than these are not compiled for one function.
const MOST: usize = 8;
/// More functions than these are not looked for.
const MOST_FUNCTIONS: usize = 8;

/// A function without a symbol.
pub struct Missing<'a> {
    /// The name of the object that it is looked for in.
    pub object: &'a str,
    /// Its name.
    pub function: &'a str,
    /// The object.
    pub found: &'a Object,
}

/// Says of each function what became of it, as far as that can be found out.
pub fn explain(missing: &[Missing<'_>], tree: Option<&Tree>, kernel: &Kernel) -> Vec<String> {
    let Some(tree) = tree else {
        let text = |missing: &Missing<'_>| {
            format!(
                "{}; the source and a prepared tree tell its callers: 'klpctl kdir {}' prepares that \
                of a stock kernel",
                where_it_went(missing.function, missing.found),
                kernel.release
            )
        };
        return missing.iter().map(text).collect();
    };
    let (first, others) = missing.split_at(missing.len().min(MOST_FUNCTIONS));
    let names = first.iter().map(|missing| missing.function).collect();
    let definitions = progress::step("search the kernel's source", || {
        Definitions::find(&tree.source, &names)
    });
    let explain = |missing: &Missing<'_>| {
        let definitions = definitions
            .as_ref()
            .map_err(|error| anyhow::anyhow!("{error:#}"))?;
        let dirs = directories(missing.object, kernel);
        Ok(Fate::of(missing, &dirs, definitions, tree)?.text(missing))
    };
    let unknown = |error: anyhow::Error| format!("what became of it is not known: {error:#}");
    let not_looked_for = |missing: &Missing<'_>| {
        format!(
            "{}; its callers were not looked for, as there are more than {MOST_FUNCTIONS} such \
            functions: give it alone",
            where_it_went(missing.function, missing.found)
        )
    };
    let explained = first
        .iter()
        .map(|missing| explain(missing).unwrap_or_else(unknown));
    explained.chain(others.iter().map(not_looked_for)).collect()
}

/// Where the source of a module is, below the kernel's, by where the module is.
pub fn directories(module: &str, kernel: &Kernel) -> Vec<String> {
    let file = kernel.modules().files(module).unwrap_or_default().first();
    let path = file.map_or(String::new(), |file| file.display().to_string());
    let below = path.match_indices("/kernel/").filter_map(|(at, start)| {
        let (dir, _) = path[at + start.len()..].rsplit_once('/')?;
        Some(format!("{dir}/"))
    });
    below.collect()
}

/// What became of a function.
#[derive(Debug, Default)]
struct Fate {
    /// The files that have it, whether or not they were compiled.
    defined: BTreeSet<String>,
    /// Whether it is in headers alone, so that any unit may have it.
    is_headers: bool,
    /// The functions that it was inlined into.
    callers: BTreeSet<String>,
    /// The units of the object that have it.
    units: Vec<String>,
    /// Other objects that have it.
    others: BTreeSet<String>,
    /// Why a unit could not be compiled.
    failed: Option<String>,
    /// How many units were not looked at.
    left_out: usize,
}

impl Fate {
    fn of(
        missing: &Missing<'_>,
        dirs: &[String],
        definitions: &Definitions,
        tree: &Tree,
    ) -> Result<Self> {
        let places = definitions.of(missing.function);
        let mut fate = Self {
            defined: places.defined,
            ..Self::default()
        };
        fate.is_headers = !fate.defined.iter().any(|file| file.ends_with(".c"));
        let files = match fate.is_headers {
            _ if fate.defined.is_empty() => return Ok(fate),
            true => &places.named,
            false => &fate.defined,
        };
        let mut units = Vec::new();
        for file in files.iter().filter(|file| file.ends_with(".c")) {
            units.extend(definitions.units(file).into_iter().map(str::to_owned));
        }
        let units = chosen(units, dirs);
        let most = match fate.is_headers && units.len() > MOST {
            true => 0,
            false => units.len().min(MOST),
        };
        fate.left_out = units.len() - most;
        let what = format!("compile {}", units[..most].join(", "));
        let made = progress::step(&what, || tree.make(&units[..most]))?;
        for made in made {
            match made {
                Ok(made) => fate.look_into(&made, missing)?,
                Err(why) => fate.failed = Some(why),
            }
        }
        Ok(fate)
    }

    fn look_into(&mut self, made: &Made, missing: &Missing<'_>) -> Result<()> {
        let bytes = bytes::read(&made.object)?;
        let elf = Elf::parse(&bytes).with_context(|| made.object.display().to_string())?;
        let mut inlined = read_inlined(&elf, &[missing.function].into())?;
        let Some(callers) = inlined.remove(missing.function) else {
            return Ok(());
        };
        let owner = &made.compile.owner;
        if owner.name() == missing.object
            || (*owner == Owner::Several && missing.object != Owner::Kernel.name())
        {
            self.units.push(made.source.clone());
            self.callers.extend(callers);
        } else {
            self.others.insert(owner.name().to_owned());
        }
        Ok(())
    }

    fn text(&self, missing: &Missing<'_>) -> String {
        let of = files(&self.defined);
        let left_out = match self.left_out {
            0 if self.is_headers => {
                "; what calls it by way of another header's function was not looked for".to_owned()
            }
            0 => String::new(),
            1 => "; one more C file may have it, which was not looked at".to_owned(),
            many => format!("; {many} more C files may have it, which were not looked at"),
        };
        if !self.callers.is_empty() {
            let is_all = !self.is_headers && self.left_out == 0;
            let callers = callers(&self.callers, is_all, missing);
            return format!(
                "it was inlined in {}: {callers}{left_out}",
                files(&self.units)
            );
        }
        if !self.units.is_empty() {
            return format!(
                "no code was made of it in {}: nothing there that is built calls it{left_out}",
                files(&self.units)
            );
        }
        if !self.others.is_empty() {
            let others: Vec<_> = self.others.iter().map(String::as_str).collect();
            let others = near::list(&others, "and");
            return format!("it is in {of}, for {others}: name that object");
        }
        match &self.failed {
            _ if self.defined.is_empty() => {
                let near = hint::symbol(missing.function, missing.found);
                let near = near::in_parentheses(near);
                format!(
                    "the kernel's source has no function of that name{near}, unless a macro makes it: \
                    correct the name, or take it from the source of this very release"
                )
            }
            Some(why) => {
                format!("it is in {of}, which cannot be compiled for this kernel ({why})")
            }
            None if self.left_out > 0 => format!(
                "it is in {of}, for whoever includes that, and {} C files name it, too many to \
                look at: replace those of their functions that call it where it matters",
                self.left_out
            ),
            None => format!("it is in {of}, but not for '{}'", missing.object),
        }
    }
}

fn files<'a>(files: impl IntoIterator<Item = &'a String>) -> String {
    let files: Vec<_> = files.into_iter().map(String::as_str).collect();
    files.join(" and ")
}

/// Those below the directories, or else all.
fn chosen(units: Vec<String>, dirs: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut units: Vec<_> = units
        .into_iter()
        .filter(|unit| seen.insert(unit.clone()))
        .collect();
    let is_below = |unit: &String| dirs.iter().any(|dir| unit.starts_with(dir.as_str()));
    if units.iter().any(is_below) {
        units.retain(is_below);
    }
    units
}

/// The callers, with what is to be known of those that cannot be replaced as they are.
fn callers(callers: &BTreeSet<String>, is_all: bool, missing: &Missing<'_>) -> String {
    let mut good = Vec::new();
    let mut others = Vec::new();
    for caller in callers {
        let mut names = vec![caller.as_str()];
        if missing.found.named(caller).next().is_none() {
            let variants = hint::variants(caller, missing.found);
            names = if variants.is_empty() { names } else { variants };
        }
        for name in names {
            match obstacle(name, missing) {
                None => good.push(name),
                Some(why) => others.push(format!("'{name}' cannot be replaced as it is ({why})")),
            }
        }
    }
    let is_one = good.len() + others.len() == 1;
    let what = match good.as_slice() {
        [] => String::new(),
        [one] if is_one && is_all => format!("its only caller is '{one}', replace that"),
        [one] => format!("replace its caller '{one}'"),
        many => format!("its callers are {}, replace those", near::list(many, "and")),
    };
    let others = others.join(", ");
    match (what.is_empty(), others.is_empty()) {
        (true, _) => format!("of its callers {others}"),
        (false, true) => what,
        (false, false) => format!("{what}; of the others {others}"),
    }
}

fn obstacle(name: &str, missing: &Missing<'_>) -> Option<String> {
    let function = Function {
        name: name.to_owned(),
        ..Function::default()
    };
    match judge_function(missing.object, &function, missing.found) {
        (Status::Failed, why) => {
            let first = why.split(": ").next().unwrap_or_default();
            Some(first.to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Kind, Symbol};

    fn object() -> Object {
        let symbol = |name: &str, kind| Symbol {
            name: name.into(),
            kind,
            is_traced: Some(kind == Kind::Function),
            ..Symbol::default()
        };
        Object {
            symbols: [
                symbol("one", Kind::Function),
                symbol("two", Kind::Function),
                symbol("early", Kind::Init),
                symbol("split.isra.0", Kind::Function),
                symbol("twice", Kind::Function),
                symbol("twice", Kind::Function),
            ]
            .into(),
            btf: Err(anyhow::anyhow!("none")),
        }
    }

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn says(fate: &Fate) -> String {
        fate.text(&Missing {
            object: "vmlinux",
            function: "f",
            found: &object(),
        })
    }

    #[test]
    fn callers_are_named_with_what_hinders_them() {
        for (callers, text) in [
            (&["one"][..], "its only caller is 'one', replace that"),
            (&["one", "two"], "its callers are 'one' and 'two', replace those"),
            (&["split"], "its only caller is 'split.isra.0', replace that"),
            (&["early"], "of its callers 'early' cannot be replaced as it is (it is __init)"),
            (
                &["early", "one"],
                "replace its caller 'one'; of the others 'early' cannot be replaced as it is (it is __init)",
            ),
            (
                &["twice"],
                "of its callers 'twice' cannot be replaced as it is ('vmlinux' has 2 of that name)",
            ),
        ] {
            let fate = Fate {
                callers: set(callers),
                units: vec!["fs/a.c".to_owned()],
                ..Fate::default()
            };
            assert_eq!(says(&fate), format!("it was inlined in fs/a.c: {text}"));
        }
    }

    #[test]
    fn what_was_not_found_out_is_told() {
        let nothing = Fate::default();
        assert!(says(&nothing).contains("no function of that name"));
        let header = Fate {
            defined: set(&["include/a.h"]),
            left_out: 70,
            ..Fate::default()
        };
        assert!(says(&header).contains("70 C files name it, too many"));
        let other = Fate {
            defined: set(&["drivers/a.c"]),
            others: set(&["e1000"]),
            ..Fate::default()
        };
        assert!(says(&other).contains("for 'e1000': name that object"));
        let bounded = Fate {
            callers: set(&["one"]),
            is_headers: false,
            left_out: 2,
            ..Fate::default()
        };
        assert!(says(&bounded).contains(": replace its caller 'one'; "));
        assert!(says(&bounded).ends_with("; 2 more C files may have it, which were not looked at"));
    }

    #[test]
    fn units_of_the_modules_directory_go_before_others() {
        let units = || {
            vec![
                "a/b/c.c".to_owned(),
                "a/x.c".to_owned(),
                "a/b/c.c".to_owned(),
            ]
        };
        assert_eq!(chosen(units(), &["a/b/".to_owned()]), ["a/b/c.c"]);
        assert_eq!(chosen(units(), &["z/".to_owned()]), ["a/b/c.c", "a/x.c"]);
    }
}
