// SPDX-License-Identifier: GPL-2.0

//! What may have been meant by a name that is not there.

use crate::kernel::{Kernel, Kind, Object, Symbol};

/// No more names than these are worth reading.
const MOST: usize = 3;

/// What to say of a function or variable that an object does not have; nothing where there is nothing to say.
pub fn symbol(name: &str, object: &Object) -> Option<String> {
    let variants = variants(name, object);
    if !variants.is_empty() {
        return Some(format!(
            "there is {}: the compiler changed its arguments or split it",
            list(&variants)
        ));
    }
    let kinds =
        |symbol: &&Symbol| symbol.kind != Kind::Absolute && !symbol.name.starts_with("__pfx_");
    let names = object.symbols.iter().filter(kinds);
    did_you_mean(name, names.map(|symbol| symbol.name.as_str()))
}

/// What to say of a module that a kernel does not have; nothing where there is nothing to say.
pub fn module(name: &str, kernel: &Kernel) -> Option<String> {
    let modules = kernel.modules();
    let kernels = name.replace('-', "_");
    if modules.is_built_in(&kernels) {
        return Some("it is built in: say vmlinux".to_owned());
    }
    if kernels != name && modules.names().any(|known| known == kernels) {
        return Some(format!("the kernel's name for it is '{kernels}'"));
    }
    did_you_mean(&kernels, modules.names().chain(["vmlinux"]))
}

/// The nearest of some names.
pub fn did_you_mean<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let nearest = nearest(name, known);
    (!nearest.is_empty()).then(|| format!("did you mean {}?", list(&nearest)))
}

/// Forms of a function that the compiler made and named after it, as `.constprop.0`. `.cold` is a part of it only.
pub fn variants<'a>(name: &str, object: &'a Object) -> Vec<&'a str> {
    let is_variant = |symbol: &&Symbol| {
        let rest = symbol.name.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with('.') && !rest.starts_with(".cold"))
    };
    let found = object.symbols.iter().filter(is_variant);
    found.map(|symbol| symbol.name.as_str()).collect()
}

fn list(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("'{name}'")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
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
    let same = |a: u8, b: u8| a == b || (matches!(a, b'-' | b'_') && matches!(b, b'-' | b'_'));
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut before = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut next = vec![i + 1];
        for j in 0..b.len() {
            let changed = row[j] + usize::from(!same(a[i], b[j]));
            let mut least = changed.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(before[j - 1] + 1);
            }
            next.push(least);
        }
        if next.iter().all(|&distance| distance > most) {
            return None;
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().filter(|&distance| distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(names: &[&str]) -> Object {
        let symbol = |&name: &&str| Symbol {
            name: name.to_owned(),
            ..Symbol::default()
        };
        Object {
            symbols: names.iter().map(symbol).collect(),
            btf: Err(anyhow::anyhow!("none")),
        }
    }

    #[test]
    fn a_slip_of_the_fingers_is_found() {
        let object = object(&[
            "vfs_read",
            "vfs_readv",
            "vfs_write",
            "__pfx_vfs_read",
            "cmdline_proc_show",
        ]);
        for (name, hint) in [
            ("vfs_raed", Some("did you mean 'vfs_read' or 'vfs_readv'?")),
            ("vfs-write", Some("did you mean 'vfs_write'?")),
            ("cmdline_show", None),
            (
                "cmdline_porc_shwo",
                Some("did you mean 'cmdline_proc_show'?"),
            ),
            ("x", None),
        ] {
            assert_eq!(symbol(name, &object).as_deref(), hint, "{name}");
        }
    }

    #[test]
    fn what_the_compiler_made_of_it_goes_before_names_like_it() {
        let object = object(&["split.isra.0", "split.cold", "splits", "plain.cold"]);
        let hint = symbol("split", &object).unwrap();
        assert!(hint.starts_with("there is 'split.isra.0':"), "{hint}");
        assert_eq!(variants("plain", &object), Vec::<&str>::new());
    }
}
