// SPDX-License-Identifier: GPL-2.0

//! The program: parses the command line, runs the command, and ends with its exit code.

use clap::Parser;
use klpctl::{cli::Cli, commands, exit::Exit};
use std::process::ExitCode;

fn main() -> ExitCode {
    match commands::run(Cli::parse().command) {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("klpctl: {error:#}");
            Exit::of(&error).into()
        }
    }
}
