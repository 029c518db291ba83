// SPDX-License-Identifier: GPL-2.0

//! Every patch over every other, as a table and as a picture.

mod picture;

use crate::{
    patch::Patch,
    rules::{self, Verdict},
    show::{self, Table},
};
use anstyle::Style;
use serde::Serialize;

/// What the kernel says to each of some patches while another one is in force.
#[derive(Serialize)]
pub struct Matrix<'a> {
    patches: Vec<&'a str>,
    pairs: Vec<Pair<'a>>,
}

#[derive(Serialize)]
struct Pair<'a> {
    patch: &'a str,
    over: &'a str,
    accepted: Option<bool>,
    #[serde(flatten)]
    verdict: Verdict,
}

impl Pair<'_> {
    fn word(&self) -> &'static str {
        match self.accepted {
            Some(true) => "yes",
            Some(false) if self.patch == self.over => "-",
            Some(false) => "no",
            None => "?",
        }
    }

    fn reasons(&self) -> Vec<String> {
        let refusals = self.verdict.refusals.iter().map(ToString::to_string);
        refusals
            .chain(self.verdict.doubts.iter().map(ToString::to_string))
            .collect()
    }
}

impl<'a> Matrix<'a> {
    /// Judges all pairs, the rows' patches over the columns'.
    pub fn new(patches: &'a [Patch]) -> Self {
        let pair = |(new, old): (&'a Patch, &'a Patch)| {
            let verdict = rules::judge(new, std::slice::from_ref(old));
            Pair {
                patch: &new.name,
                over: &old.name,
                accepted: verdict.accepted(),
                verdict,
            }
        };
        Self {
            patches: patches.iter().map(|patch| patch.name.as_str()).collect(),
            pairs: patches
                .iter()
                .flat_map(|new| patches.iter().map(move |old| (new, old)))
                .map(pair)
                .collect(),
        }
    }

    fn rows(&self) -> impl Iterator<Item = (&str, &[Pair<'a>])> {
        self.patches
            .iter()
            .copied()
            .zip(self.pairs.chunks(self.patches.len().max(1)))
    }

    /// The table, and why where the answer is no.
    pub fn text(&self, width: usize) -> String {
        let mut text = self.table(width);
        for pair in self.pairs.iter().filter(|pair| pair.patch != pair.over) {
            for reason in pair.reasons() {
                let reason = format!("{} over {}: {reason}", pair.patch, pair.over);
                let lines = show::wrapped(&show::clean(&reason), width);
                text += &format!("\n{}\n", lines.join("\n"));
            }
        }
        text
    }

    /// The columns bear names; numbers where those are too wide.
    fn table(&self, width: usize) -> String {
        let numbers: Vec<_> = (1..=self.patches.len()).map(|i| i.to_string()).collect();
        let names = self
            .patches
            .iter()
            .map(|name| name.len() + 2)
            .sum::<usize>();
        let longest = self.patches.iter().map(|name| name.len()).max();
        let longest = longest.unwrap_or_default().max("over:".len());
        let fits = longest + names <= width;
        let mut header = vec!["over:"];
        match fits {
            true => header.extend(&self.patches),
            false => header.extend(numbers.iter().map(String::as_str)),
        }
        let mut table = Table::new(&header, 1);
        for ((name, pairs), number) in self.rows().zip(&numbers) {
            let name = match fits {
                true => name.to_owned(),
                false => format!("{number} {name}"),
            };
            let words = pairs.iter().map(|pair| pair.word().to_owned());
            table.push(Style::new(), std::iter::once(name).chain(words).collect());
        }
        table.text(width)
    }

    /// A picture that needs nothing beside itself; the reasons show where the pointer rests.
    pub fn svg(&self) -> String {
        picture::draw(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::{Replace, Source, State};

    fn patches() -> Vec<Patch> {
        let patch = |name: &str, version| Patch {
            name: name.into(),
            replace: Replace::Yes,
            source: Source::Tables,
            states: Some(vec![State {
                id: 1,
                version,
                ..Default::default()
            }]),
            marked: true,
            ..Default::default()
        };
        vec![patch("a<1>", 1), patch("b", 2)]
    }

    #[test]
    fn rows_are_the_new_patches() {
        let patches = patches();
        let text = Matrix::new(&patches).text(80);
        let words: Vec<Vec<_>> = text
            .lines()
            .take(3)
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(
            words,
            [
                vec!["over:", "a<1>", "b"],
                vec!["a<1>", "-", "no"],
                vec!["b", "yes", "-"]
            ]
        );
        assert!(
            text.contains("a<1> over b: its state 1 has version 1"),
            "{text}"
        );
    }

    #[test]
    fn the_picture_has_a_cell_a_pair_and_no_markup_of_names() {
        let patches = patches();
        let svg = Matrix::new(&patches).svg();
        assert_eq!(svg.matches("<g><title>").count(), 4);
        for part in [
            "Which patch the kernel accepts",
            "in force",
            "this patch",
            ">refused<",
        ] {
            assert!(svg.contains(part), "{part}");
        }
        assert!(svg.contains("a&lt;1&gt;") && !svg.contains("a<1>"));
    }

    #[test]
    fn columns_that_are_too_wide_have_numbers() {
        let mut patches = patches();
        patches[0].name = "a_patch_with_a_long_name".into();
        let text = Matrix::new(&patches).text(40);
        let table: Vec<_> = text.lines().take(3).collect();
        assert_eq!(
            table,
            [
                "over:                       1    2",
                "1 a_patch_with_a_long_name  -    no",
                "2 b                         yes  -"
            ]
        );
    }
}
