// SPDX-License-Identifier: GPL-2.0

//! The commands, one a file.

mod manual;

use crate::{cli::Command, exit::Exit};
use anyhow::Result;

/// Runs a command.
pub fn run(command: Command) -> Result<Exit> {
    match command {
        Command::Man { dir } => manual::man_pages(&dir),
        Command::Completions { shell } => manual::completions(shell),
    }
}
