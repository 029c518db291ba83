// SPDX-License-Identifier: GPL-2.0

//! What keeps `__LINE__` what it was: a function further down in the file must not seem changed.

/// A place at which the original's lines go on: 1-based numbers in the original and in the patched
/// file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resumed {
    /// In the original.
    pub original: usize,
    /// In the patched file.
    pub patched: usize,
}

impl Resumed {
    /// Reads pairs of numbers, a line each.
    pub fn parse_all(text: &str) -> Vec<Self> {
        let pair = |line: &str| {
            let (original, patched) = line.split_once(' ')?;
            Some(Self {
                original: original.parse().ok()?,
                patched: patched.trim().parse().ok()?,
            })
        };
        text.lines().filter_map(pair).collect()
    }
}

/// The patched file with a `#line` after each change, where the preprocessor takes one.
pub fn numbered(patched: &str, resumed: &[Resumed]) -> String {
    let mut out = String::with_capacity(patched.len() + 32 * resumed.len());
    let mut scanner = Scanner::default();
    let mut waiting: Option<Resumed> = None;
    let mut resumed = resumed.iter().peekable();
    for (index, line) in patched.split_inclusive('\n').enumerate() {
        let number = index + 1;
        while let Some(next) = resumed.next_if(|next| next.patched <= number) {
            waiting = Some(*next);
        }
        if let Some(place) = waiting.take_if(|_| scanner.takes_directive()) {
            let original = place.original + (number - place.patched);
            if original != number || !out.is_empty() {
                out += &format!("#line {original}\n");
            }
        }
        out += line;
        scanner.read(line);
    }
    out
}

/// What a line of C begins in the middle of.
#[derive(Default)]
struct Scanner {
    in_comment: bool,
    is_continued: bool,
    parentheses: usize,
}

impl Scanner {
    fn takes_directive(&self) -> bool {
        !self.in_comment && !self.is_continued && self.parentheses == 0
    }

    fn read(&mut self, line: &str) {
        let is_new_item =
            line.starts_with(|first: char| first.is_ascii_alphabetic() || first == '}');
        if is_new_item && !self.in_comment && !self.is_continued {
            self.parentheses = 0; // a branch of #if may have left one open
        }
        let is_directive = line.trim_start().starts_with('#') || self.is_continued;
        let mut bytes = line.bytes().peekable();
        let mut quote = None;
        while let Some(byte) = bytes.next() {
            let next = bytes.peek().copied();
            match (byte, next, quote) {
                (b'*', Some(b'/'), None) if self.in_comment => {
                    bytes.next();
                    self.in_comment = false;
                }
                _ if self.in_comment => {}
                (b'\\', Some(_), Some(_)) => drop(bytes.next()),
                (_, _, Some(open)) if byte == open => quote = None,
                (_, _, Some(_)) => {}
                (b'/', Some(b'*'), None) => {
                    bytes.next();
                    self.in_comment = true;
                }
                (b'/', Some(b'/'), None) => break,
                (b'"' | b'\'', _, None) => quote = Some(byte),
                (b'(', _, None) if !is_directive => self.parentheses += 1,
                (b')', _, None) if !is_directive => {
                    self.parentheses = self.parentheses.saturating_sub(1);
                }
                _ => {}
            }
        }
        self.is_continued = line.trim_end_matches(['\n', '\r']).ends_with('\\');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(original: usize, patched: usize) -> Resumed {
        Resumed { original, patched }
    }

    #[test]
    fn lines_after_a_change_have_their_old_numbers() {
        assert_eq!(numbered("a\nnew\nb\n", &[at(2, 3)]), "a\nnew\n#line 2\nb\n");
        assert_eq!(
            numbered("a\nnew\nb\nnew\nc\n", &[at(2, 3), at(3, 5)]),
            "a\nnew\n#line 2\nb\nnew\n#line 3\nc\n"
        );
    }

    #[test]
    fn a_directive_waits_for_the_end_of_what_it_would_break() {
        let call = "f(a,\n  new,\n  b(1)\n  );\nc\n";
        assert_eq!(
            numbered(call, &[at(2, 3)]),
            "f(a,\n  new,\n  b(1)\n  );\n#line 4\nc\n"
        );
        let define = "#define A \\\n new \\\n b\nc\n";
        assert_eq!(
            numbered(define, &[at(2, 3)]),
            "#define A \\\n new \\\n b\n#line 3\nc\n"
        );
        let comment = "/* ( new\n b */\nc(\")\", ')');\nd\n";
        assert_eq!(
            numbered(comment, &[at(1, 2)]),
            "/* ( new\n b */\n#line 2\nc(\")\", ')');\nd\n"
        );
    }

    #[test]
    fn pairs_are_read() {
        assert_eq!(
            Resumed::parse_all("3 4\n10 12\nx\n"),
            [at(3, 4), at(10, 12)]
        );
    }
}
