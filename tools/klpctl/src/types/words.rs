// SPDX-License-Identifier: GPL-2.0

//! Names of C's that are words of Rust's.

/// Whether a name is a keyword, or reserved for one, in any edition.
pub fn is_word(name: &str) -> bool {
    is_path(name) || WORDS.contains(&name)
}

/// A field's name. Not all words can be one as they are.
pub fn field(name: &str) -> String {
    match is_word(name) {
        true if is_path(name) => format!("{name}_"),
        true => format!("r#{name}"),
        false => name.to_owned(),
    }
}

/// An argument's name, or a function's of the author's.
pub fn identifier(name: &str) -> String {
    match is_word(name) {
        true => format!("{name}_"),
        false => name.to_owned(),
    }
}

fn is_path(name: &str) -> bool {
    matches!(name, "self" | "Self" | "super" | "crate")
}

const WORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_rust_are_no_names() {
        assert_eq!(field("type"), "r#type");
        assert_eq!(field("virtual"), "r#virtual");
        assert_eq!(field("self"), "self_");
        assert_eq!(field("plain"), "plain");
        assert_eq!(identifier("yield"), "yield_");
        assert_eq!(identifier("union"), "union");
        assert!(is_word("yield") && is_word("crate") && !is_word("yields"));
    }
}
