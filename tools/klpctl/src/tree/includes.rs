// SPDX-License-Identifier: GPL-2.0

//! Which units of a kernel's source may include a header, by its text: conditions are not looked at, and where an include
//! may lead to several files, it leads to each.

use super::text::{files_of, in_parallel, normal};
use anyhow::{Context, Result};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

/// A line that includes a header.
struct Include {
    /// The file that it is in.
    by: PathBuf,
    /// What it names.
    path: PathBuf,
    /// Whether it is looked for beside the file first.
    is_quoted: bool,
}

/// All lines that include a header, by the header's own name.
pub struct Includes {
    by_name: HashMap<String, Vec<Include>>,
    files: HashSet<PathBuf>,
}

impl Includes {
    /// Reads the whole source, which takes some seconds.
    pub fn find(source: &Path) -> Result<Self> {
        let files = files_of(source)?;
        let mut by_name = HashMap::<_, Vec<_>>::new();
        for include in in_parallel(&files, |files| of_files(source, files))?
            .into_iter()
            .flatten()
        {
            let name = include.path.file_name().unwrap_or_default();
            let name = name.to_string_lossy().into_owned();
            by_name.entry(name).or_default().push(include);
        }
        let files = files.into_iter().collect();
        Ok(Self { by_name, files })
    }

    /// The C files that include a header, or a header that does.
    pub fn units(&self, header: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut seen = HashSet::from([PathBuf::from(header)]);
        let mut waiting = vec![PathBuf::from(header)];
        while let Some(header) = waiting.pop() {
            for by in self.including(&header) {
                if by.extension().is_some_and(|ending| ending == "c") {
                    found.insert(by.display().to_string());
                }
                if seen.insert(by.clone()) {
                    waiting.push(by.clone());
                }
            }
        }
        found
    }

    fn including<'a>(&'a self, header: &'a Path) -> impl Iterator<Item = &'a PathBuf> {
        let name = header.file_name().unwrap_or_default().to_string_lossy();
        let includes = self.by_name.get(name.as_ref()).into_iter().flatten();
        includes
            .filter(|include| self.may_lead_to(include, header))
            .map(|include| &include.by)
    }

    fn may_lead_to(&self, include: &Include, header: &Path) -> bool {
        let beside = include
            .by
            .parent()
            .unwrap_or(Path::new(""))
            .join(&include.path);
        let beside = normal(&beside);
        if include.is_quoted && self.files.contains(&beside) {
            return beside == header;
        }
        let path = normal(&include.path);
        header.ends_with(&path) || is_generic(&path, header)
    }
}

/// An architecture without a header of its own has the generic one under its name.
fn is_generic(path: &Path, header: &Path) -> bool {
    let (Ok(name), Ok(generic)) = (
        path.strip_prefix("asm"),
        header.strip_prefix("include/asm-generic"),
    ) else {
        return false;
    };
    name == generic
}

fn of_files(source: &Path, files: &[PathBuf]) -> Result<Vec<Include>> {
    let mut all = Vec::new();
    for file in files {
        let path = source.join(file);
        let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        for at in memchr::memmem::find_iter(&text, b"include") {
            let begins = memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1);
            let ends = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end);
            let line = String::from_utf8_lossy(&text[begins..ends]);
            if let Some((path, is_quoted)) = included(&line) {
                all.push(Include {
                    by: file.clone(),
                    path,
                    is_quoted,
                });
            }
        }
    }
    Ok(all)
}

fn included(line: &str) -> Option<(PathBuf, bool)> {
    let named = line
        .trim_start()
        .strip_prefix('#')?
        .trim_start()
        .strip_prefix("include")?
        .trim_start();
    let (is_quoted, end) = match named.chars().next()? {
        '"' => (true, '"'),
        '<' => (false, '>'),
        _ => return None,
    };
    let (path, _) = named[1..].split_once(end)?;
    Some((PathBuf::from(path), is_quoted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_headers_units_are_those_of_the_headers_that_include_it_too() {
        let dir = std::env::temp_dir().join(format!("klpctl-includes-{}", std::process::id()));
        for (file, text) in [
            ("include/linux/a.h", "#include <asm/b.h>\n"),
            ("include/asm-generic/b.h", "int b;\n"),
            ("fs/x/internal.h", " # include <linux/a.h> /* why */\n"),
            ("fs/x/one.c", "#include \"internal.h\"\n"),
            ("fs/y/internal.h", "int y;\n"),
            ("fs/y/two.c", "#include \"internal.h\"\n"),
            (
                "net/three.c",
                "#include \"../fs/y/internal.h\"\n#include LATER\n",
            ),
            ("mm/four.c", "/* include <linux/a.h> */"),
        ] {
            let file = dir.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let includes = Includes::find(&dir).unwrap();
        fs::remove_dir_all(dir).unwrap();
        let units = |header| includes.units(header).into_iter().collect::<Vec<_>>();
        assert_eq!(units("include/asm-generic/b.h"), ["fs/x/one.c"]);
        assert_eq!(units("fs/y/internal.h"), ["fs/y/two.c", "net/three.c"]);
        assert_eq!(units("fs/x/internal.h"), ["fs/x/one.c"]);
        assert_eq!(units("include/none.h"), [""; 0]);
    }
}
