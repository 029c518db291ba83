// SPDX-License-Identifier: GPL-2.0

//! What an item of a C file is, and what it defines, by its text.

use super::Kind;
use crate::source::mask::words;

/// The text with blanks for all that is in brackets.
pub fn outside_of_brackets(text: &str) -> String {
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
pub fn function_name(head: &str) -> Option<String> {
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

/// What an item is that has no body of a function, and what it defines.
pub fn names_and_kind(text: &str) -> Option<(Kind, Vec<String>)> {
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
