// SPDX-License-Identifier: GPL-2.0

//! The items of a C file.

mod names;
mod split;

use super::mask::{masked, words};
use std::ops::Range;

/// A file in items.
pub struct File {
    text: String,
    masked: String,
    /// In the order of the file.
    pub items: Vec<Item>,
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `#include`
    Include,
    /// `#define` or `#undef`
    Macro,
    /// A function with its body, which begins there.
    Function(usize),
    /// What only declares a function.
    Declaration,
    /// A type, which may have constants.
    Type,
    /// A variable, be it by a macro.
    Variable,
}

/// An item.
#[derive(Clone, Debug)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// What it defines.
    pub names: Vec<String>,
    /// Where it is, without a comment before it.
    pub range: Range<usize>,
    /// The lines `#if`, `#elif` and `#else` that it is below.
    pub conditions: Vec<String>,
}

impl File {
    /// Takes a text apart.
    pub fn parse(text: &str) -> Self {
        let masked = masked(text);
        let mut file = Self {
            text: text.to_owned(),
            masked,
            items: Vec::new(),
        };
        file.items = file.split();
        file
    }

    /// The text of an item.
    pub fn text(&self, item: &Item) -> &str {
        &self.text[item.range.clone()]
    }

    /// A function up to its body.
    pub fn head(&self, item: &Item) -> Option<&str> {
        match item.kind {
            Kind::Function(body) => Some(self.text[item.range.start..body].trim_end()),
            _ => None,
        }
    }

    /// What an item mentions.
    pub fn words(&self, range: Range<usize>) -> impl Iterator<Item = &str> {
        words(&self.masked[range]).into_iter().map(|(_, word)| word)
    }

    /// The first line, where it is about the licence.
    pub fn licence(&self) -> Option<&str> {
        let line = self.text.lines().next()?;
        line.contains("SPDX-License-Identifier").then_some(line)
    }

    /// The comments that stand before an item, without a blank line between.
    pub fn comment(&self, item: &Item) -> &str {
        let before = &self.text[..item.range.start];
        let end = before.trim_end();
        let is_comment = end.ends_with("*/") && !before[end.len()..].contains("\n\n");
        let start = end.rfind("/*").filter(|_| is_comment);
        start.map_or("", |start| &self.text[start..item.range.start])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Vec<(Kind, String, String)> {
        let file = File::parse(text);
        file.items
            .iter()
            .map(|item| {
                let kind = match item.kind {
                    Kind::Function(_) => Kind::Function(0),
                    kind => kind,
                };
                (kind, item.names.join(" "), item.conditions.join(" "))
            })
            .collect()
    }

    fn one(text: &str) -> (Kind, String) {
        let all = items(text);
        assert_eq!(all.len(), 1, "{text}: {all:?}");
        (all[0].0, all[0].1.clone())
    }

    #[test]
    fn items_have_kinds_and_names() {
        for (text, kind, names) in [
            ("#include <linux/fs.h>\n", Kind::Include, ""),
            ("#define A(x) \\\n\t((x) + 1)\n", Kind::Macro, "A"),
            (
                "static int f(struct s *s)\n{\n\treturn s->a = 1;\n}\n",
                Kind::Function(0),
                "f",
            ),
            (
                "static __printf(1, 2) void *f(int a) __acquires(b)\n{ }\n",
                Kind::Function(0),
                "f",
            ),
            ("struct s *f(void) { return 0; }", Kind::Function(0), "f"),
            ("static int f(int a);", Kind::Declaration, "f"),
            ("struct s { int a; };", Kind::Type, "s"),
            ("enum e { A, B = 2, };", Kind::Type, "e A B"),
            ("static struct s { int a; } v;", Kind::Type, "s v"),
            ("typedef int (*handler_t)(int a);", Kind::Type, "handler_t"),
            ("static const struct s v = { .f = g };", Kind::Variable, "v"),
            ("static int a[] = { 1 };", Kind::Variable, "a"),
            ("static DEFINE_SPINLOCK(lock);", Kind::Variable, "lock"),
            ("unsigned long v;", Kind::Variable, "v"),
            (
                "static int v __read_mostly;",
                Kind::Variable,
                "__read_mostly v",
            ),
        ] {
            let (found, named) = one(text);
            assert_eq!((found, named.trim()), (kind, names), "{text}");
        }
    }

    #[test]
    fn items_know_what_they_are_below() {
        let all = items("#ifdef A\nint a;\n#else\nint b;\n#endif\nint c;\n");
        let conditions: Vec<_> = all.iter().map(|item| item.2.as_str()).collect();
        assert_eq!(conditions, ["#ifdef A", "#ifdef A #else", ""]);
    }

    #[test]
    fn each_branch_of_a_conditional_may_open_what_the_end_closes_once() {
        let all = items("int f(void)\n{\n#ifdef A\n\tif (a) {\n#else\n\tif (b) {\n#endif\n\t}\n}\nint g(void)\n{\n}\n");
        let names: Vec<_> = all.iter().map(|item| item.1.as_str()).collect();
        assert_eq!(names, ["f", "g"]);
    }

    #[test]
    fn a_function_ends_with_its_body_and_has_a_comment() {
        let file = File::parse("/* About f. */\nint f(void)\n{\n#ifdef X\n\tif (a) {\n#else\n\t{\n#endif\n\t}\n}\nint v;\n");
        let item = &file.items[0];
        assert_eq!(file.head(item), Some("int f(void)"));
        assert_eq!(file.comment(item), "/* About f. */\n");
    }
}
