// SPDX-License-Identifier: GPL-2.0

//! C without what is no code, and the words in it.

use std::{collections::HashMap, ops::Range};

/// The text with blanks for comments, and for what is in quotes. Each byte stays where it is.
pub fn masked(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at..] {
            [b'/', b'*', ..] => end_of_comment(bytes, at),
            [b'/', b'/', ..] => end_of_line(bytes, at),
            [quote @ (b'"' | b'\''), ..] => end_of_quoted(bytes, at, quote),
            _ => {
                at += 1;
                continue;
            }
        };
        for byte in &mut out[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end;
    }
    String::from_utf8(out).unwrap_or_default()
}

fn end_of_comment(bytes: &[u8], start: usize) -> usize {
    let end = memchr::memmem::find(&bytes[start + 2..], b"*/");
    end.map_or(bytes.len(), |end| start + 2 + end + 2)
}

fn end_of_line(bytes: &[u8], start: usize) -> usize {
    memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |end| start + end)
}

/// At the end of the line at the latest: text after `#error` may have one of two.
fn end_of_quoted(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'\n' => return at,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The identifiers of masked text, and where they are. Not those of members.
pub fn words(masked: &str) -> Vec<(Range<usize>, &str)> {
    let bytes = masked.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !is_word(bytes[at]) {
            at += 1;
            continue;
        }
        let start = at;
        while bytes.get(at).copied().is_some_and(is_word) {
            at += 1;
        }
        if !bytes[start].is_ascii_digit() && !is_member(&masked[..start]) {
            found.push((start..at, &masked[start..at]));
        }
    }
    found
}

fn is_member(before: &str) -> bool {
    let before = before.trim_end();
    before.ends_with("->") || (before.ends_with('.') && !before.ends_with("..."))
}

/// The text with other names for some words.
pub fn rename(text: &str, names: &HashMap<String, String>) -> String {
    let masked = masked(text);
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (range, word) in words(&masked) {
        if let Some(name) = names.get(word) {
            out += &text[from..range.start];
            out += name;
            from = range.end;
        }
    }
    out + &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_code_is_blank() {
        let text = "a /* b\n} */ \"c\\\"{\" 'd' // e\nf";
        let masked = masked(text);
        assert_eq!(masked.len(), text.len());
        let words: Vec<_> = words(&masked).into_iter().map(|(_, word)| word).collect();
        assert_eq!(words, ["a", "f"]);
    }

    #[test]
    fn members_and_numbers_are_no_words() {
        let words: Vec<_> = words("x->y z.w = 0x1f, ...v")
            .into_iter()
            .map(|(_, word)| word)
            .collect();
        assert_eq!(words, ["x", "z", "v"]);
    }

    #[test]
    fn words_get_other_names() {
        let names = HashMap::from([("f".to_owned(), "my_f".to_owned())]);
        assert_eq!(
            rename("f(x->f, \"f\"); // f", &names),
            "my_f(x->f, \"f\"); // f"
        );
    }
}
