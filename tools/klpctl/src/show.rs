// SPDX-License-Identifier: GPL-2.0

//! What is shown on a terminal, and as JSON. All that goes to stdout goes through here.

mod table;

pub use table::{table, width, wrapped, Table};

use anyhow::{Context, Result};
use serde::Serialize;
use std::io::{self, Write};

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
    let document = Document {
        schema: SCHEMA,
        content,
    };
    plain(format!("{}\n", serde_json::to_string_pretty(&document)?).as_bytes())
}

/// Prints text, in colour where that is wanted: on a terminal, by `NO_COLOR` and `CLICOLOR`.
pub fn print(text: &str) -> Result<()> {
    let stdout = anstream::AutoStream::auto(io::stdout().lock());
    written(write(stdout, text.as_bytes()))
}

/// Prints bytes as they are.
pub fn plain(bytes: &[u8]) -> Result<()> {
    written(write(io::stdout().lock(), bytes))
}

/// Says something on stderr. If that cannot be written to, there is nobody to tell.
pub fn say(text: &str) {
    let stderr = anstream::AutoStream::auto(io::stderr().lock());
    let _ = write(stderr, format!("{text}\n").as_bytes());
}

/// Text of a file that is not trusted: a terminal is not to obey it.
pub fn clean(text: &str) -> String {
    let shown = |character: char| match character {
        '\n' => vec![character],
        _ if character.is_control() => character.escape_default().collect(),
        _ => vec![character],
    };
    text.chars().flat_map(shown).collect()
}

fn write(mut to: impl Write, bytes: &[u8]) -> io::Result<()> {
    to.write_all(bytes)?;
    to.flush()
}

/// A reader who has gone, as `head` does, has read enough.
fn written(result: io::Result<()>) -> Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write to the standard output"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_does_not_obey_a_files_text() {
        assert_eq!(clean("a\x1b[2Jb\r\n"), "a\\u{1b}[2Jb\\r\n");
    }

    #[test]
    fn only_a_reader_who_has_gone_is_no_error() {
        assert!(written(Err(io::ErrorKind::BrokenPipe.into())).is_ok());
        let error = written(Err(io::ErrorKind::StorageFull.into())).unwrap_err();
        assert_eq!(error.to_string(), "cannot write to the standard output");
    }
}
