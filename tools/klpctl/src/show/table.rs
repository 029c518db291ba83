// SPDX-License-Identifier: GPL-2.0

//! Rows in columns that fit the terminal. A word is never broken; where the columns do not fit,
//! each row becomes a paragraph.

use super::clean;
use anstyle::Style;
use std::io::{stdout, IsTerminal};

/// Where nobody says how wide it is.
const USUAL_WIDTH: usize = 80;
/// A last column that is narrower is not pleasant to read.
const NARROWEST: usize = 30;
/// Between two columns.
const GAP: usize = 2;
/// Of what stands below the first line of a paragraph.
const INDENT: usize = 4;

/// Rows below a header.
pub struct Table {
    header: Vec<String>,
    keys: usize,
    rows: Vec<(Style, Vec<String>)>,
}

/// Rows whose first `keys` columns say what each is about.
pub fn table(header: &[&str], keys: usize, rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new(header, keys);
    for row in rows {
        table.push(Style::new(), row);
    }
    table.text(width())
}

/// As wide as `COLUMNS` says, else as the terminal.
pub fn width() -> usize {
    let wanted = std::env::var("COLUMNS").ok();
    let wanted = wanted.and_then(|columns| columns.parse().ok());
    let terminal = || {
        let (columns, _) = terminal_size::terminal_size_of(stdout())?;
        stdout().is_terminal().then_some(columns.0.into())
    };
    wanted
        .filter(|&columns| columns > 0)
        .or_else(terminal)
        .unwrap_or(USUAL_WIDTH)
}

impl Table {
    /// An empty one. Its first `keys` columns stay together on a line.
    pub fn new(header: &[&str], keys: usize) -> Self {
        Self {
            header: header.iter().map(|&name| name.to_owned()).collect(),
            keys,
            rows: Vec::new(),
        }
    }

    /// Adds a row, whose first cell is styled.
    pub fn push(&mut self, style: Style, cells: Vec<String>) {
        let cells = cells.iter().map(|cell| clean(cell)).collect();
        self.rows.push((style, cells));
    }

    /// The table for a terminal that is so wide.
    pub fn text(&self, width: usize) -> String {
        let columns = self.widths();
        let (last, others) = columns.split_last().expect("a table has columns");
        let before: usize = others.iter().map(|column| column + GAP).sum();
        let room = width.saturating_sub(before);
        if *last <= room || (room >= NARROWEST && self.longest_word() <= room) {
            self.columns(&columns, before, room)
        } else {
            self.paragraphs(&columns, width)
        }
    }

    fn widths(&self) -> Vec<usize> {
        let width = |column: usize| {
            let cells = self.rows.iter().map(|(_, cells)| &cells[column]);
            let cells = cells.chain([&self.header[column]]);
            cells.map(|cell| len(cell)).max().unwrap_or_default()
        };
        (0..self.header.len()).map(width).collect()
    }

    /// Of the last column.
    fn longest_word(&self) -> usize {
        let cells = self.rows.iter().filter_map(|(_, cells)| cells.last());
        let words = cells.flat_map(|cell| cell.split_whitespace());
        words.map(len).max().unwrap_or_default()
    }

    fn columns(&self, columns: &[usize], before: usize, room: usize) -> String {
        let has_header = self.header.iter().any(|name| !name.is_empty());
        let header = has_header.then(|| (Style::new(), self.header.clone()));
        let mut text = String::new();
        for (style, cells) in header.iter().chain(&self.rows) {
            let (last, others) = cells.split_last().expect("a row has cells");
            let mut lines = wrapped(last, room).into_iter();
            let mut line = joined(*style, others, columns);
            line += &lines.next().unwrap_or_default();
            push_line(&mut text, &line);
            for line in lines {
                push_line(&mut text, &format!("{:before$}{line}", ""));
            }
        }
        text
    }

    fn paragraphs(&self, columns: &[usize], width: usize) -> String {
        let about = &columns[..self.keys];
        let is_aligned = about.iter().map(|column| column + GAP).sum::<usize>() <= width + GAP;
        let labels = self.header[self.keys..].iter().map(|name| len(name));
        let label = labels.max().unwrap_or_default();
        let mut text = String::new();
        for (style, cells) in &self.rows {
            let (about_cells, others) = cells.split_at(self.keys);
            let aligned = if is_aligned { about } else { &[] };
            push_line(&mut text, &joined(*style, about_cells, aligned));
            for (name, cell) in self.header[self.keys..].iter().zip(others) {
                let gap = if label > 0 { label + GAP } else { 0 };
                let start = INDENT + gap;
                for (i, line) in wrapped(cell, width.saturating_sub(start))
                    .iter()
                    .enumerate()
                {
                    let name = if i == 0 { name.as_str() } else { "" };
                    push_line(&mut text, &format!("{:INDENT$}{name:gap$}{line}", ""));
                }
            }
        }
        text
    }
}

/// Cells side by side, as wide as their columns where those are given; the first one is styled.
fn joined(style: Style, cells: &[String], columns: &[usize]) -> String {
    let mut line = String::new();
    for (i, cell) in cells.iter().enumerate() {
        let width = columns.get(i).copied().unwrap_or_default().max(len(cell));
        let fill = " ".repeat(width - len(cell) + GAP);
        match i {
            0 if !cell.is_empty() => line += &format!("{style}{cell}{style:#}{fill}"),
            _ => line += &format!("{cell}{fill}"),
        }
    }
    line
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}

/// Lines of whole words; one that is longer than the room stands alone. None for no text.
pub fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && len(&line) + 1 + len(word) > room {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line += word;
        }
        lines.push(line);
    }
    lines
}

fn len(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use anstyle::AnsiColor;

    fn findings() -> Table {
        let mut table = Table::new(&["", "check", "about", ""], 3);
        let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
        table.push(
            Style::new(),
            row([
                "FAILED",
                "function",
                "vmlinux:f",
                "it has no ftrace site at all",
            ]),
        );
        table.push(Style::new(), row(["ok", "panics", "code", "none"]));
        table
    }

    #[test]
    fn what_fits_is_in_columns() {
        assert_eq!(
            findings().text(80),
            "        check     about\n\
             FAILED  function  vmlinux:f  it has no ftrace site at all\n\
             ok      panics    code       none\n"
        );
    }

    #[test]
    fn the_last_column_is_wrapped_between_words() {
        let mut table = findings();
        table.rows[0].1[3] = "it has no ftrace site (notrace or assembly)".to_owned();
        assert_eq!(
            table.text(62),
            "        check     about\n\
             FAILED  function  vmlinux:f  it has no ftrace site (notrace or\n\
             \x20                            assembly)\n\
             ok      panics    code       none\n"
        );
    }

    #[test]
    fn what_would_be_too_narrow_becomes_a_list() {
        assert_eq!(
            findings().text(40),
            "FAILED  function  vmlinux:f\n    it has no ftrace site at all\n\
             ok      panics    code\n    none\n"
        );
    }

    #[test]
    fn a_list_names_its_fields_and_leaves_out_what_is_empty() {
        let mut table = Table::new(&["", "what", "from", "to"], 2);
        let cells = [
            "changed",
            "function vmlinux:f",
            "(a: u8)",
            "(a: a::very::long::name)",
        ];
        table.push(Style::new(), cells.map(str::to_owned).to_vec());
        let cells = ["added", "state 1", "", "version 1"];
        table.push(Style::new(), cells.map(str::to_owned).to_vec());
        assert_eq!(
            table.text(32),
            "changed  function vmlinux:f\n    from  (a: u8)\n    to    (a:\n          \
             a::very::long::name)\nadded    state 1\n    to    version 1\n"
        );
    }

    #[test]
    fn no_name_is_broken_and_no_line_has_blanks_at_its_end() {
        let name = "vmlinux:a_function_with_a_name_that_is_longer_than_the_line";
        let mut table = Table::new(&["", "about", ""], 2);
        table.push(
            Style::new(),
            vec!["ok".into(), name.into(), "is fine".into()],
        );
        let text = table.text(20);
        assert!(text.contains(name), "{text}");
        assert!(text.lines().all(|line| line == line.trim_end()), "{text}");
    }

    #[test]
    fn only_the_first_cell_is_coloured() {
        let mut table = Table::new(&["", ""], 1);
        let red = AnsiColor::Red.on_default();
        table.push(red, vec!["no".into(), "why".into()]);
        assert_eq!(table.text(80), "\x1b[31mno\x1b[0m  why\n");
    }
}
