// SPDX-License-Identifier: GPL-2.0

//! What of a file has to be copied with a function.

use super::{File, Item, Kind};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What becomes of an item that is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is copied.
    Copy,
    /// This stands for it.
    Declare(String),
    /// A header declares it.
    Leave,
}

/// Decides on a function or a variable of the file, by its name.
pub trait Decide {
    /// What is to become of it.
    fn decide(&mut self, name: &str, item: &Item, file: &File) -> Decision;
}

/// What is copied, by where it begins in the file.
#[derive(Default)]
pub struct Copied {
    /// The items' indices, each with the text that stands for it, if it is not copied.
    pub items: BTreeMap<usize, Option<String>>,
    /// All that is mentioned.
    pub words: BTreeSet<String>,
}

impl Copied {
    /// What functions need.
    pub fn of(functions: &[String], file: &File, decide: &mut dyn Decide) -> Self {
        let mut found = Self::default();
        let mut open: VecDeque<String> = functions.iter().cloned().collect();
        let mut declared = BTreeSet::new();
        while let Some(word) = open.pop_front() {
            if !found.words.insert(word.clone()) {
                continue;
            }
            for (index, item) in file.items.iter().enumerate() {
                let is_it = item.kind != Kind::Include && item.names.contains(&word);
                if !is_it || found.items.contains_key(&index) || declared.contains(&index) {
                    continue;
                }
                let decision = match item.kind {
                    Kind::Function(_) | Kind::Variable => decide.decide(&word, item, file),
                    _ => Decision::Copy,
                };
                match decision {
                    Decision::Copy => {
                        open.extend(file.words(item.range.clone()).map(str::to_owned));
                        found.items.insert(index, None);
                    }
                    Decision::Declare(text) => {
                        let masked = super::masked(&text);
                        let words = super::words(&masked).into_iter();
                        open.extend(words.map(|(_, word)| word.to_owned()));
                        found.items.insert(index, Some(text));
                    }
                    Decision::Leave => drop(declared.insert(index)),
                }
            }
        }
        found.declare_early(file);
        found
    }

    /// What stands for a function comes where the file first declares it, and in place of that.
    fn declare_early(&mut self, file: &File) {
        let all: Vec<_> = self.items.keys().copied().collect();
        for index in all {
            let item = &file.items[index];
            if item.kind != Kind::Declaration {
                continue;
            }
            let defined = self.items.keys().copied().find(|other| {
                let other = &file.items[*other];
                matches!(other.kind, Kind::Function(_)) && other.names == item.names
            });
            match defined {
                Some(defined) if self.items[&defined].is_some() => {
                    let text = self.items.remove(&defined);
                    self.items.insert(index, text.flatten());
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct ByName;

    impl Decide for ByName {
        fn decide(&mut self, name: &str, _: &Item, _: &File) -> Decision {
            match name.strip_prefix("theirs_") {
                Some(_) => Decision::Declare(format!("int {name}(struct b *b);")),
                None => Decision::Copy,
            }
        }
    }

    #[test]
    fn what_is_mentioned_is_needed_and_nothing_else() {
        let file = File::parse(
            "#define ONE 1\n#define TWO 2\nstruct a { int x; };\nstruct b { int x; };\nstatic int theirs_g(struct b *b);\n\
             static int h(struct a *a) { return ONE; }\nint f(void) { return h(0) + theirs_g(0); }\n\
             static int theirs_g(struct b *b) { return TWO; }\n",
        );
        let copied = Copied::of(&["f".to_owned()], &file, &mut ByName);
        let found: Vec<_> = copied
            .items
            .iter()
            .map(|(index, text)| (file.items[*index].names[0].as_str(), text.is_some()))
            .collect();
        assert_eq!(
            found,
            [
                ("ONE", false),
                ("a", false),
                ("b", false),
                ("theirs_g", true),
                ("h", false),
                ("f", false)
            ]
        );
    }
}
