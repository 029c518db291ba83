// SPDX-License-Identifier: GPL-2.0

//! What became of each function whose source a fix changes: it is replaced, or what it was inlined into is, or its
//! code stays the same.

use super::{compile::Pair, source::Patched, Part};
use crate::{
    elf::Elf,
    source::{File, Kind},
    tree::Tree,
    types::{read_inlined, Inlined},
};
use anyhow::Result;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

/// The functions whose source a fix changes.
pub fn changed(patched: &Patched, tree: &Tree) -> Result<BTreeSet<String>> {
    let mut changed = BTreeSet::new();
    for path in &patched.files {
        let read =
            |file| -> Result<_> { Ok(String::from_utf8_lossy(&fs::read(file)?).into_owned()) };
        let before = functions(&read(tree.source.join(path))?);
        let after = functions(&read(patched.file(path))?);
        let is_changed =
            |(name, text): &(String, Vec<String>)| after.get(name).is_some_and(|new| new != text);
        changed.extend(before.into_iter().filter(is_changed).map(|(name, _)| name));
    }
    Ok(changed)
}

/// The texts of each function: it may be there in several forms, of which the configuration chooses one.
fn functions(text: &str) -> BTreeMap<String, Vec<String>> {
    let file = File::parse(text);
    let mut all = BTreeMap::<String, Vec<String>>::new();
    for item in &file.items {
        let Kind::Function(_) = item.kind else {
            continue;
        };
        for name in &item.names {
            let lines = file.text(item).lines();
            let own = lines.filter(|line| !line.starts_with("#line "));
            let forms = all.entry(name.clone()).or_default();
            forms.push(own.collect::<Vec<_>>().join("\n"));
        }
    }
    all
}

/// Those that were inlined, each with the functions that it was inlined into.
pub fn inlined(changed: &BTreeSet<String>, pairs: &[Pair]) -> Result<Inlined> {
    let names = changed.iter().map(String::as_str).collect();
    let mut all = Inlined::new();
    for pair in pairs {
        for object in [&pair.original, &pair.patched] {
            let bytes = fs::read(object)?;
            for (name, into) in read_inlined(&Elf::parse(&bytes)?, &names)? {
                all.entry(name).or_default().extend(into);
            }
        }
    }
    Ok(all)
}

/// Those of which nothing has come.
pub fn unchanged(changed: &BTreeSet<String>, parts: &[Part]) -> Vec<String> {
    let is_followed = |name: &&String| {
        parts.iter().any(|part| {
            let replaced = &part.difference.extracted.replaced;
            part.inlined.contains_key(*name)
                || part.by_callers.contains_key(*name)
                || replaced.iter().any(|one| is_of(&one.function, name))
        })
    };
    let all = changed.iter().filter(|name| !is_followed(name));
    all.cloned().collect()
}

/// Whether a symbol is a function's, or that of a form which the compiler made of it.
fn is_of(symbol: &str, function: &str) -> bool {
    let rest = symbol.strip_prefix(function);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_compared_by_their_text() {
        let before = functions("int f(void)\n{\n\treturn 1;\n}\nint g(void)\n{\n\treturn 2;\n}\n");
        let after =
            functions("int f(void)\n{\n#line 3\n\treturn 1;\n}\nint g(void)\n{\n\treturn 3;\n}\n");
        assert_eq!(before["f"], after["f"]);
        assert_ne!(before["g"], after["g"]);
    }

    #[test]
    fn forms_of_a_function_are_its_own() {
        assert!(is_of("f", "f"));
        assert!(is_of("f.isra.0", "f"));
        assert!(!is_of("f_g", "f"));
    }
}
