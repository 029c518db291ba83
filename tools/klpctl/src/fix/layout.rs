// SPDX-License-Identifier: GPL-2.0

//! Structs whose layout a fix changes: what exists already has the old one.
//!
//! The layouts are text, as `pahole` prints them of debug information.

use std::collections::BTreeMap;

/// A struct or union that has another layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// `struct NAME`
    pub name: String,
    /// The first line that differs, as it was and as it is to be.
    pub from: String,
    /// As it is to be.
    pub to: String,
}

/// Structs that both have, with another layout.
pub fn changed(original: &str, patched: &str) -> Vec<Changed> {
    let (original, patched) = (structs(original), structs(patched));
    let mut changed = Vec::new();
    for (name, before) in &original {
        let Some(after) = patched.get(name) else {
            continue;
        };
        if before.iter().any(|one| after.contains(one)) {
            continue;
        }
        let (before, after) = (&before[0], &after[0]);
        let differs = before.iter().zip(after).find(|(one, other)| one != other);
        let line = |of: &[&str], at: usize| of.get(at).map_or("", |line| *line).to_owned();
        let shorter = before.len().min(after.len());
        let (from, to) = differs.map_or_else(
            || (line(before, shorter), line(after, shorter)),
            |(from, to)| ((*from).to_owned(), (*to).to_owned()),
        );
        changed.push(Changed {
            name: (*name).to_owned(),
            from,
            to,
        });
    }
    changed
}

type Layout<'a> = Vec<&'a str>;

/// The members of each struct; there may be several of one name.
fn structs(text: &str) -> BTreeMap<&str, Vec<Layout<'_>>> {
    let mut all = BTreeMap::<_, Vec<_>>::new();
    let mut current: Option<(&str, Layout<'_>)> = None;
    for line in text.lines() {
        match &mut current {
            None => {
                let is_start = line.starts_with("struct ") || line.starts_with("union ");
                let name = line.strip_suffix(" {").filter(|_| is_start);
                current = name.map(|name| (name, Vec::new()));
            }
            Some((name, members)) if line.starts_with('}') => {
                all.entry(*name).or_default().push(std::mem::take(members));
                current = None;
            }
            Some((_, members)) => members.extend(member(line)),
        }
    }
    all
}

/// A member as it is declared and where it is; not what is only said of it.
fn member(line: &str) -> Option<&str> {
    let line = line.trim();
    let is_comment = line.starts_with("/*") && !line.contains("size:");
    (!line.is_empty() && !is_comment).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "struct a {\n\tint                        x;                    /*     0     4 */\n\n\t\
        /* size: 4, cachelines: 1, members: 1 */\n\t/* last cacheline: 4 bytes */\n};\nunion b {\n\tchar c; /* 0 1 */\n};\n";

    #[test]
    fn a_member_that_is_elsewhere_is_named() {
        let after = BEFORE.replace(
            "int                        x;                    /*     0",
            "long y; /* 0 8 */\n\tint x; /*     8",
        );
        let changed = changed(BEFORE, &after);
        assert_eq!(changed.len(), 1);
        assert_eq!(changed[0].name, "struct a");
        assert!(changed[0].to.starts_with("long y;"), "{changed:?}");
    }

    #[test]
    fn what_is_new_or_gone_is_no_change() {
        assert_eq!(changed(BEFORE, "struct c {\n\tint x; /* 0 4 */\n};\n"), []);
        assert_eq!(changed(BEFORE, BEFORE), []);
    }
}
