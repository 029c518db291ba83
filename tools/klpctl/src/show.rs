// SPDX-License-Identifier: GPL-2.0

//! What is shown on a terminal, and as JSON.

use anyhow::Result;
use comfy_table::{presets, ContentArrangement, Table};
use serde::Serialize;
use std::io::Write;

/// The version of the form that the JSON is in.
const SCHEMA: u32 = 2;

#[derive(Serialize)]
struct Document<T> {
    schema: u32,
    #[serde(flatten)]
    content: T,
}

/// Prints a struct as JSON, with the version of the form.
pub fn json(content: impl Serialize) -> Result<()> {
    print(&format!(
        "{}\n",
        serde_json::to_string_pretty(&Document {
            schema: SCHEMA,
            content
        })?
    ))
}

/// Prints text. A reader who has gone, as `head` does, has read enough.
pub fn print(text: &str) -> Result<()> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

/// Rows below a header, in columns; as wide as the terminal, or as the text where there is none.
pub fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_header(header.iter().copied());
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.add_rows(rows);
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 2));
    });
    let lines: Vec<_> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    lines.join("\n") + "\n"
}
