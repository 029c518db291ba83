// SPDX-License-Identifier: GPL-2.0

//! Which files of a kernel's source have functions of some names: by its text, as the kernel's style has it.

use super::text::{files_of, in_parallel, normal};
use anyhow::{Context, Result};
use memchr::memmem::Finder;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Files that include one that includes one are the most there is.
const DEEPEST: usize = 3;

/// Where a name is, by files below the source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// C files and headers with a function of that name.
    pub defined: BTreeSet<String>,
    /// C files that have the name.
    pub named: BTreeSet<String>,
}

/// What the source says of names.
#[derive(Debug, Default)]
pub struct Definitions {
    places: BTreeMap<String, Places>,
    /// The files that include a C file.
    includers: BTreeMap<String, BTreeSet<String>>,
}

impl Definitions {
    /// Reads the whole source, which takes some seconds.
    pub fn find(source: &Path, names: &BTreeSet<&str>) -> Result<Self> {
        let files = files_of(source)?;
        let parts = in_parallel(&files, |files| Self::of_files(source, files, names))?;
        let mut all = Self::default();
        for part in parts {
            all.add(part);
        }
        Ok(all)
    }

    fn of_files(source: &Path, files: &[PathBuf], names: &BTreeSet<&str>) -> Result<Self> {
        let finders: Vec<_> = names
            .iter()
            .map(|name| (*name, Finder::new(*name)))
            .collect();
        let includes = Finder::new(".c\"");
        let mut all = Self::default();
        for file in files {
            let path = source.join(file);
            let text =
                fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let is_header = file.extension().is_some_and(|ending| ending == "h");
            for (name, finder) in &finders {
                let found = finder
                    .find_iter(&text)
                    .filter(|&at| is_word(&text, at, name));
                let found: Vec<_> = found.collect();
                if found.is_empty() {
                    continue;
                }
                let places = all.places.entry((*name).to_owned()).or_default();
                if found.iter().any(|&at| is_definition(&text, at, name)) {
                    places.defined.insert(file.display().to_string());
                }
                if !is_header {
                    places.named.insert(file.display().to_string());
                }
            }
            if includes.find(&text).is_some() {
                all.include(source, file, &String::from_utf8_lossy(&text));
            }
        }
        Ok(all)
    }

    fn include(&mut self, source: &Path, file: &Path, text: &str) {
        for line in text.lines() {
            let Some(path) = included(line) else { continue };
            let beside = normal(&file.parent().unwrap_or(Path::new("")).join(path));
            let path = match source.join(&beside).is_file() {
                true => beside,
                false => PathBuf::from(path),
            };
            let includers = self.includers.entry(path.display().to_string());
            includers.or_default().insert(file.display().to_string());
        }
    }

    fn add(&mut self, other: Self) {
        for (name, places) in other.places {
            let all = self.places.entry(name).or_default();
            all.defined.extend(places.defined);
            all.named.extend(places.named);
        }
        for (path, includers) in other.includers {
            self.includers.entry(path).or_default().extend(includers);
        }
    }

    /// Where a name is.
    pub fn of(&self, name: &str) -> Places {
        self.places.get(name).cloned().unwrap_or_default()
    }

    /// The C files that a C file may be compiled by: itself, and those that include it.
    pub fn units<'a>(&'a self, file: &'a str) -> Vec<&'a str> {
        let mut units = vec![file];
        let mut at = 0;
        for _ in 0..DEEPEST {
            let last = units.len();
            for i in at..last {
                let includers = self.includers.get(units[i]).into_iter().flatten();
                units.extend(includers.map(String::as_str));
            }
            at = last;
        }
        units.retain(|file| file.ends_with(".c"));
        units
    }
}

/// The C file that a line includes.
fn included(line: &str) -> Option<&str> {
    let line = line.trim_start().strip_prefix('#')?.trim_start();
    let (path, _) = line
        .strip_prefix("include")?
        .trim_start()
        .strip_prefix('"')?
        .split_once('"')?;
    path.ends_with(".c").then_some(path)
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_word(text: &[u8], at: usize, name: &str) -> bool {
    let before = at.checked_sub(1).and_then(|before| text.get(before));
    let after = text.get(at + name.len());
    !before.is_some_and(|&byte| is_of_word(byte)) && !after.is_some_and(|&byte| is_of_word(byte))
}

/// Whether it is a function's definition: its line begins with what is no space, and `{` follows the arguments, if
/// not at once, then behind attributes.
fn is_definition(text: &[u8], at: usize, name: &str) -> bool {
    let line = text[..at]
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |end| end + 1);
    if !is_of_word(text[line]) {
        return false;
    }
    let mut rest = spaceless(&text[at + name.len()..]);
    if rest.first() != Some(&b'(') {
        return false;
    }
    while let Some(&next) = rest.first() {
        rest = match next {
            b'{' => return true,
            b'(' => match behind_parentheses(rest) {
                Some(rest) => rest,
                None => return false,
            },
            byte if is_of_word(byte) => &rest[1..],
            _ => return false,
        };
        rest = spaceless(rest);
    }
    false
}

/// What is left behind space and comments.
fn spaceless(mut text: &[u8]) -> &[u8] {
    loop {
        text = text.trim_ascii_start();
        let end: &[u8] = match text {
            [b'/', b'*', ..] => b"*/",
            [b'/', b'/', ..] => b"\n",
            _ => return text,
        };
        match memchr::memmem::find(text, end) {
            Some(at) => text = &text[at + end.len()..],
            None => return &[],
        }
    }
}

fn behind_parentheses(text: &[u8]) -> Option<&[u8]> {
    let mut depth = 0usize;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&text[at + 1..]);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defines(text: &str, name: &str) -> bool {
        let mut places = memchr::memmem::find_iter(text.as_bytes(), name);
        places.any(|at| {
            is_word(text.as_bytes(), at, name) && is_definition(text.as_bytes(), at, name)
        })
    }

    #[test]
    fn a_function_is_told_from_what_only_has_its_name() {
        for text in [
            "static inline int f(int a)\n{\n}",
            "static struct s *\nf(int (*a)(void),\n  int b) /* why */ {",
            "\nvoid f(void)\n\t__acquires(&x->lock) __must_check\n{",
        ] {
            assert!(defines(text, "f"), "{text}");
        }
        for text in [
            "int f(int a);",
            "static int g(void)\n{\n\treturn f(1);\n}",
            " * f(a) {",
            "#define f(a) { a }",
            "int my_f(void) {}\nint f2(void) {}",
            "static int f = g(1);",
            "int f(",
            "f",
        ] {
            assert!(!defines(text, "f"), "{text}");
        }
    }

    #[test]
    fn the_units_of_a_file_are_those_that_include_it_too() {
        let dir = std::env::temp_dir().join(format!("klpctl-definitions-{}", std::process::id()));
        for (file, text) in [
            ("kernel/a/idle.c", "static void f(void)\n{\n}\n"),
            (
                "kernel/a/all.c",
                "#include <x.h>\n # include \"idle.c\"\nint g(void) { f(); }",
            ),
            ("kernel/b/more.c", "#include \"../a/all.c\"\n"),
            ("kernel/a/a.h", "int f(void);\nint h(void)\n{\n}"),
            ("tools/t.c", "int f(void)\n{\n}"),
            ("arch/arm/t.c", "int f(void)\n{\n}"),
        ] {
            let file = dir.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let found = Definitions::find(&dir, &["f", "h", "none"].into()).unwrap();
        fs::remove_dir_all(dir).unwrap();
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(
            found.of("f"),
            Places {
                defined: set(&["kernel/a/idle.c"]),
                named: set(&["kernel/a/all.c", "kernel/a/idle.c"]),
            }
        );
        assert_eq!(found.of("h").defined, set(&["kernel/a/a.h"]));
        assert_eq!(found.of("none"), Places::default());
        let units = found.units("kernel/a/idle.c");
        assert_eq!(
            units,
            ["kernel/a/idle.c", "kernel/a/all.c", "kernel/b/more.c"]
        );
    }
}
