// SPDX-License-Identifier: GPL-2.0

//! Every patch over every other, as a table and as a picture.

use crate::{
    patch::Patch,
    rules::{self, Verdict},
    show,
};
use serde::Serialize;
use std::fmt::Write;

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
    pub fn text(&self) -> String {
        let header: Vec<_> = std::iter::once("over:")
            .chain(self.patches.iter().copied())
            .collect();
        let row = |(name, pairs): (&str, &[Pair<'_>])| {
            let words = pairs.iter().map(|pair| pair.word().to_owned());
            std::iter::once(name.to_owned()).chain(words).collect()
        };
        let mut text = show::table(&header, 1, self.rows().map(row));
        for pair in self.pairs.iter().filter(|pair| pair.patch != pair.over) {
            for reason in pair.reasons() {
                let _ = write!(text, "\n{} over {}: {reason}\n", pair.patch, pair.over);
            }
        }
        text
    }

    /// A picture that needs nothing beside itself; the reasons show where the pointer rests.
    pub fn svg(&self) -> String {
        const CELL: usize = 28;
        let longest = self
            .patches
            .iter()
            .map(|name| name.chars().count())
            .max()
            .unwrap_or_default();
        let margin = 24 + longest * 8;
        let side = margin + self.patches.len() * CELL;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {0}\" width=\"{0}\" \
                height=\"{0}\" \
             font-family=\"monospace\" font-size=\"12\">\n<title>Which patch the kernel accepts \
                 over which</title>\n\
             <rect width=\"{0}\" height=\"{0}\" fill=\"white\"/>\n",
            side + 16
        );
        for (i, name) in self.patches.iter().enumerate() {
            let (at, name) = (margin + i * CELL, escape(name));
            let middle = at + CELL / 2 + 4;
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\">{name}</text>",
                margin - 8
            );
            let _ = writeln!(
                svg,
                "<text transform=\"translate({middle} {}) rotate(-90)\">{name}</text>",
                margin - 8
            );
        }
        for (i, (_, pairs)) in self.rows().enumerate() {
            for (j, pair) in pairs.iter().enumerate() {
                svg += &cell(pair, margin + j * CELL, margin + i * CELL, CELL - 2);
            }
        }
        svg + "</svg>\n"
    }
}

/// Neither colour alone nor the letter alone says it.
fn cell(pair: &Pair<'_>, x: usize, y: usize, side: usize) -> String {
    let (fill, mark) = match pair.accepted {
        Some(true) => ("#b7e1c0", "✓"),
        Some(false) if pair.patch == pair.over => ("#eeeeee", "-"),
        Some(false) => ("#f2b8b5", "✗"),
        None => ("#fbe7a3", "?"),
    };
    let reasons = pair.reasons().join("\n");
    let title = format!(
        "{} over {}: {}\n{reasons}",
        pair.patch,
        pair.over,
        pair.word()
    );
    format!(
        "<g><title>{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{side}\" height=\"{side}\" \
            fill=\"{fill}\"/>\
         <text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{mark}</text></g>\n",
        escape(title.trim_end()),
        x + side / 2,
        y + side / 2 + 4,
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::{Replace, State};

    fn patches() -> Vec<Patch> {
        let patch = |name: &str, version| Patch {
            name: name.into(),
            replace: Replace::Yes,
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
        let text = Matrix::new(&patches).text();
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
        assert_eq!(svg.matches("<g>").count(), 4);
        assert!(svg.contains("a&lt;1&gt;") && !svg.contains("a<1>"));
    }
}
