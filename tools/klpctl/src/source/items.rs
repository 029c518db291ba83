// SPDX-License-Identifier: GPL-2.0

//! The items of a C file.

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

    fn split(&self) -> Vec<Item> {
        let mut items = Vec::new();
        let mut conditions: Vec<Vec<String>> = Vec::new();
        let mut at = 0;
        while let Some(start) = self.next_code(at) {
            let end;
            if self.masked.as_bytes()[start] == b'#' {
                end = self.end_of_directive(start);
                self.directive(start..end, &mut conditions, &mut items);
            } else {
                end = self.end_of_item(start);
                let conditions = conditions.concat();
                items.extend(self.item(start..end, conditions));
            }
            at = end.max(start + 1);
        }
        items
    }

    fn next_code(&self, at: usize) -> Option<usize> {
        let rest = self.masked.as_bytes().get(at..)?;
        let found = rest
            .iter()
            .position(|byte| !byte.is_ascii_whitespace() && *byte != b';')?;
        Some(at + found)
    }

    fn end_of_directive(&self, start: usize) -> usize {
        let mut end = start;
        for line in self.text[start..].split_inclusive('\n') {
            end += line.len();
            if !line.trim_end().ends_with('\\') {
                break;
            }
        }
        end
    }

    fn directive(
        &self,
        range: Range<usize>,
        conditions: &mut Vec<Vec<String>>,
        items: &mut Vec<Item>,
    ) {
        let line = self.text[range.clone()].trim_end();
        let rest = line[1..].trim_start();
        let word: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
        let kind = match word.as_str() {
            "if" | "ifdef" | "ifndef" => return conditions.push(vec![line.to_owned()]),
            "else" | "elif" | "elifdef" | "elifndef" => {
                return conditions
                    .last_mut()
                    .into_iter()
                    .for_each(|open| open.push(line.to_owned()))
            }
            "endif" => return drop(conditions.pop()),
            "include" => Kind::Include,
            "define" | "undef" => Kind::Macro,
            _ => return,
        };
        let name = rest[word.len()..].trim_start();
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let name = &name[..end.unwrap_or(name.len())];
        items.push(Item {
            kind,
            names: vec![name.to_owned()],
            range: range.start..range.start + line.len(),
            conditions: conditions.concat(),
        });
    }

    /// After the body of a function, or after a semicolon.
    fn end_of_item(&self, start: usize) -> usize {
        let bytes = self.masked.as_bytes();
        let mut depth = 0usize;
        let mut is_function = false;
        let mut at = start;
        // Each branch of a conditional begins at the depth that it began with.
        let mut conditionals = Vec::new();
        while at < bytes.len() {
            match bytes[at] {
                b'#' if self.begins_line(at) => {
                    let end = self.end_of_directive(at);
                    let line = self.masked[at + 1..end].trim_start();
                    if line.starts_with("if") {
                        conditionals.push(depth);
                    } else if line.starts_with("el") {
                        depth = conditionals.last().copied().unwrap_or(depth);
                    } else if line.starts_with("endif") {
                        conditionals.pop();
                    }
                    at = end;
                    continue;
                }
                b'(' | b'[' => depth += 1,
                b'{' => {
                    is_function |= depth == 0 && self.begins_body(start..at);
                    depth += 1;
                }
                b')' | b']' => depth = depth.saturating_sub(1),
                b'}' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 && is_function {
                        return at + 1;
                    }
                }
                b';' if depth == 0 => return at + 1,
                _ => {}
            }
            at += 1;
        }
        bytes.len()
    }

    fn begins_line(&self, at: usize) -> bool {
        let before = self.masked[..at].trim_end_matches([' ', '\t']);
        before.is_empty() || before.ends_with('\n')
    }

    /// Whether what begins with a brace after `head` is the body of a function.
    fn begins_body(&self, head: Range<usize>) -> bool {
        let head = self.masked[head].trim_end();
        let is_type = ["struct", "union", "enum", "typedef"];
        let first = words(head).first().map(|(_, word)| *word);
        let is_function = head.ends_with(')')
            || (head.contains(')') && !first.is_some_and(|first| is_type.contains(&first)));
        is_function && !outside_of_brackets(head).contains('=')
    }

    fn item(&self, range: Range<usize>, conditions: Vec<String>) -> Option<Item> {
        let text = &self.masked[range.clone()];
        let body = text
            .find('{')
            .filter(|body| self.begins_body(range.start..range.start + body));
        let (kind, names) = match body {
            Some(body) => (
                Kind::Function(range.start + body),
                function_name(&text[..body]).into_iter().collect(),
            ),
            None => names_and_kind(text)?,
        };
        Some(Item {
            kind,
            names,
            range,
            conditions,
        })
    }
}

/// The text with blanks for all that is in brackets.
fn outside_of_brackets(text: &str) -> String {
    let mut depth = 0i32;
    let outside = text.chars().map(|character| {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ if depth == 0 => return character,
            _ => {}
        }
        ' '
    });
    outside.collect()
}

/// The word before the first parenthesis that is none of an attribute's.
fn function_name(head: &str) -> Option<String> {
    let is_attribute = |word: &str| {
        [
            "__printf",
            "__scanf",
            "__attribute__",
            "__aligned",
            "__section",
            "__alloc_size",
        ]
        .contains(&word)
    };
    let all = words(head);
    let named = all.into_iter().find(|(range, word)| {
        head[range.end..].trim_start().starts_with('(') && !is_attribute(word)
    });
    named.map(|(_, word)| word.to_owned())
}

fn names_and_kind(text: &str) -> Option<(Kind, Vec<String>)> {
    let all: Vec<_> = words(text);
    let first = all.first().map(|(_, word)| *word)?;
    let outside = outside_of_brackets(text);
    let before = outside.split(['=', ';']).next().unwrap_or_default();
    let last = words(before).last().map(|(_, word)| (*word).to_owned());
    let tags = all.windows(2).filter(|pair| {
        let is_tag = ["struct", "union", "enum"].contains(&pair[0].1);
        is_tag && text[pair[1].0.end..].trim_start().starts_with('{')
    });
    let mut names: Vec<_> = tags.map(|pair| pair[1].1.to_owned()).collect();
    let has_body = text.contains('{') && !outside.contains('=');
    if first == "typedef" {
        names.extend(pointed_name(text).or(last));
        names.extend(constants(text));
        return Some((Kind::Type, names));
    }
    if has_body
        && (all
            .iter()
            .take(2)
            .any(|(_, word)| ["struct", "union", "enum"].contains(word)))
    {
        names.extend(constants(text));
        let is_variable = !before
            .trim_end()
            .ends_with(names.first().map_or("", String::as_str));
        names.extend(last.filter(|_| is_variable));
        return Some((Kind::Type, names));
    }
    let is_called = before.len() < text.len() && text.contains('(') && !outside.contains('=');
    if !is_called {
        // Attributes may follow the name.
        let may_be = words(before).into_iter().rev().map(|(_, word)| word);
        let mut may_be = may_be.peekable();
        while let Some(word) = may_be.next_if(|word| word.starts_with("__")) {
            names.push(word.to_owned());
        }
        names.extend(may_be.next().map(str::to_owned));
        return Some((Kind::Variable, names));
    }
    // `static DEFINE_MUTEX(name);`, or a prototype.
    let called = function_name(text)?;
    let is_about = ["EXPORT_", "MODULE_", "BTF_", "ALLOW_ERROR_"];
    if is_about.iter().any(|start| called.starts_with(start)) {
        return None;
    }
    let is_macro = called
        .chars()
        .all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit());
    Some(match is_macro {
        true => {
            let arguments = all.into_iter().map(|(_, word)| word.to_owned());
            let is_name = |word: &String| *word != called && !is_keyword(word);
            (Kind::Variable, arguments.filter(is_name).collect())
        }
        false => (Kind::Declaration, vec![called]),
    })
}

fn is_keyword(word: &str) -> bool {
    let keywords = [
        "static", "struct", "union", "enum", "const", "unsigned", "signed", "long", "int", "short",
        "char", "void", "bool",
    ];
    keywords.contains(&word)
}

/// The name in `(*name)`.
fn pointed_name(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("(*")?;
    words(rest).first().map(|(_, word)| (*word).to_owned())
}

/// The constants of an enum.
fn constants(text: &str) -> Vec<String> {
    if !words(text).iter().take(3).any(|(_, word)| *word == "enum") {
        return Vec::new();
    }
    let Some((_, body)) = text.split_once('{') else {
        return Vec::new();
    };
    let body = body.rsplit_once('}').map_or(body, |(body, _)| body);
    body.split(',')
        .filter_map(|constant| Some(words(constant).first()?.1.to_owned()))
        .collect()
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
