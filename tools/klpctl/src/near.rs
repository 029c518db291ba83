// SPDX-License-Identifier: GPL-2.0

//! Names that are like one that is not there.

use std::{fs, path::Path};

/// No more names than these are worth reading.
const MOST: usize = 3;

/// The nearest of some names.
pub fn did_you_mean<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let nearest = nearest(name, known);
    (!nearest.is_empty()).then(|| format!("did you mean {}?", list(&nearest, "or")))
}

/// The nearest of the files and directories beside one that is not there.
pub fn file(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
    in_dir(name, dir.unwrap_or(Path::new(".")))
}

/// The nearest of the names in a directory.
pub fn in_dir(name: &str, dir: &Path) -> Option<String> {
    let entries = fs::read_dir(dir).ok()?;
    let names: Vec<_> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    did_you_mean(name, names.iter().map(String::as_str))
}

/// What follows a name that a hint is about.
pub fn in_parentheses(hint: Option<String>) -> String {
    hint.map_or(String::new(), |hint| format!(" ({hint})"))
}

/// Names in a sentence, with `or` or `and` before the last.
pub fn list(names: &[&str], before_last: &str) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("'{name}'")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => {
            format!("{} {before_last} {last}", rest.join(", "))
        }
        _ => quoted.concat(),
    }
}

/// The nearest names, the nearest first: as near as a slip of the fingers.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let most = (name.len() / 4).min(3);
    let mut found: Vec<_> = known
        .filter_map(|known| Some((distance(name, known, most)?, known)))
        .collect();
    found.sort_unstable();
    found.dedup();
    found.truncate(MOST);
    found.into_iter().map(|(_, name)| name).collect()
}

/// How many letters differ, if not more than `most`: one that is missing, one too many, another, or two in the wrong
/// order. `-` is `_`.
fn distance(a: &str, b: &str, most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let distance = strsim::osa_distance(&a.replace('-', "_"), &b.replace('-', "_"));
    (distance <= most).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beside_a_file_is_named() {
        let dir = std::env::temp_dir().join(format!("klpctl-near-{}", std::process::id()));
        fs::create_dir_all(dir.join("modules")).unwrap();
        fs::write(dir.join("my-fix.ko"), "").unwrap();
        let says = |name: &str| file(&dir.join(name));
        assert_eq!(
            says("my_fxi.ko").as_deref(),
            Some("did you mean 'my-fix.ko'?")
        );
        assert_eq!(says("module").as_deref(), Some("did you mean 'modules'?"));
        assert_eq!(says("other"), None);
        assert_eq!(says("nowhere/my-fix.ko"), None);
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn names_are_told_in_a_sentence() {
        assert_eq!(list(&["a"], "and"), "'a'");
        assert_eq!(list(&["a", "b", "c"], "and"), "'a', 'b' and 'c'");
    }
}
