// SPDX-License-Identifier: GPL-2.0

//! Where each item of a C file begins and ends, and the conditions that it is below.

use super::{
    names::{function_name, names_and_kind, outside_of_brackets},
    File, Item, Kind,
};
use crate::source::mask::words;
use std::ops::Range;

impl File {
    pub(super) fn split(&self) -> Vec<Item> {
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
