// SPDX-License-Identifier: GPL-2.0

//! The matrix as a picture that needs nothing beside itself.

use super::{Matrix, Pair};

/// Neither colour alone nor the letter alone says it.
#[derive(Clone, Copy)]
struct Look {
    fill: &'static str,
    mark: &'static str,
    means: &'static str,
}

const YES: Look = Look {
    fill: "#b7e1c0",
    mark: "✓",
    means: "accepted",
};
const NO: Look = Look {
    fill: "#f2b8b5",
    mark: "✗",
    means: "refused",
};
const UNKNOWN: Look = Look {
    fill: "#fbe7a3",
    mark: "?",
    means: "not known",
};
const ITSELF: Look = Look {
    fill: "#eeeeee",
    mark: "-",
    means: "itself",
};

impl Pair<'_> {
    fn look(&self) -> Look {
        match self.accepted {
            Some(true) => YES,
            Some(false) if self.patch == self.over => ITSELF,
            Some(false) => NO,
            None => UNKNOWN,
        }
    }

    /// What shows where the pointer rests.
    fn tooltip(&self) -> String {
        let reasons = self.reasons().join("\n");
        let title = format!(
            "{} over {}: {}\n{reasons}",
            self.patch,
            self.over,
            self.look().means
        );
        escape(title.trim_end())
    }
}

const CELL: usize = 28;
/// Of a monospaced letter of 12 pixels.
const LETTER: usize = 8;
const EDGE: usize = 16;
const LINE: usize = 24;
const TITLE: &str = "Which patch the kernel accepts over which";
const COLUMNS: &str = "… over this one, which is in force";
const ROWS: &str = "this patch …";
const LEGEND: [Look; 4] = [YES, NO, UNKNOWN, ITSELF];

/// Where the parts of the picture are.
struct Picture {
    names: usize,
    left: usize,
    top: usize,
    cells: usize,
}

impl Picture {
    fn of(patches: &[&str]) -> Self {
        let longest = patches.iter().map(|name| name.chars().count()).max();
        let names = longest.unwrap_or_default() * LETTER;
        Self {
            names,
            left: EDGE + LINE + names + LETTER,
            top: EDGE + 2 * LINE + names + LETTER,
            cells: patches.len() * CELL,
        }
    }

    fn width(&self) -> usize {
        let widest = TITLE.len().max(COLUMNS.len()) * LETTER + EDGE;
        let legend = LEGEND.iter().map(legend_width).sum::<usize>() + EDGE;
        (self.left + self.cells).max(widest).max(legend) + EDGE
    }

    fn height(&self) -> usize {
        self.legend_at() + LINE + EDGE
    }

    fn legend_at(&self) -> usize {
        self.top + self.cells + LINE / 2
    }

    fn draw(&self, matrix: &Matrix<'_>) -> String {
        let (width, height) = (self.width(), self.height());
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" font-family=\"monospace\" font-size=\"12\">\n\
             <title>{TITLE}</title>\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n\
             <text x=\"{EDGE}\" y=\"{}\" font-size=\"14\" font-weight=\"bold\">{TITLE}</text>\n",
            EDGE + 10
        );
        svg += &self.axes();
        for (i, name) in matrix.patches.iter().enumerate() {
            svg += &self.names_of(i, &escape(name));
        }
        for (i, (_, pairs)) in matrix.rows().enumerate() {
            for (j, pair) in pairs.iter().enumerate() {
                let (x, y) = (self.left + j * CELL, self.top + i * CELL);
                let title = format!("<title>{}</title>", pair.tooltip());
                svg += &square(pair.look(), x, y, &title);
            }
        }
        svg + &self.legend() + "</svg>\n"
    }

    fn axes(&self) -> String {
        let (x, y) = (EDGE + 10, self.top + self.cells);
        let above = self.top - self.names - 2 * LETTER;
        format!(
            "<text x=\"{}\" y=\"{above}\" fill=\"#555555\">{COLUMNS}</text>\n\
             <text transform=\"translate({x} {y}) rotate(-90)\" fill=\"#555555\">{ROWS}</text>\n",
            self.left.min(EDGE + LINE)
        )
    }

    fn names_of(&self, i: usize, name: &str) -> String {
        let middle = i * CELL + CELL / 2 + 4;
        format!(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{name}</text>\n\
             <text transform=\"translate({} {}) rotate(-90)\">{name}</text>\n",
            self.left - LETTER,
            self.top + middle,
            self.left + middle,
            self.top - LETTER
        )
    }

    fn legend(&self) -> String {
        let (mut x, y) = (EDGE, self.legend_at());
        let mut svg = String::new();
        for look in &LEGEND {
            svg += &square(*look, x, y, "");
            svg += &format!(
                "<text x=\"{}\" y=\"{}\">{}</text>\n",
                x + CELL + LETTER / 2,
                y + CELL / 2 + 3,
                look.means
            );
            x += legend_width(look);
        }
        svg
    }
}

fn legend_width(look: &Look) -> usize {
    CELL + (look.means.len() + 2) * LETTER
}

fn square(look: Look, x: usize, y: usize, title: &str) -> String {
    let side = CELL - 2;
    format!(
        "<g>{title}<rect x=\"{x}\" y=\"{y}\" width=\"{side}\" height=\"{side}\" fill=\"{}\"/>\
         <text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text></g>\n",
        look.fill,
        x + side / 2,
        y + side / 2 + 4,
        look.mark
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// The picture; the reasons show where the pointer rests.
pub fn draw(matrix: &Matrix<'_>) -> String {
    Picture::of(&matrix.patches).draw(matrix)
}
