// SPDX-License-Identifier: GPL-2.0

//! The command line, from which help, man pages and completions are made.

use crate::exit;
use clap::{Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

/// Prepare, build, check and compare Linux livepatches
#[derive(Debug, Parser)]
#[command(name = "klpctl", version, after_help = exit::HELP)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// A command with its arguments.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a man page of each command into a directory
    Man {
        /// The directory; it is made if it is not there
        dir: PathBuf,
    },
    /// Print the completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}
