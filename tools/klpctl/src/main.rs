// SPDX-License-Identifier: GPL-2.0

//! The program: parses the command line, runs the command, and ends with its exit code.

use anyhow::{Error, Result};
use clap::Parser;
use klpctl::{cli::Cli, commands, exit::Exit, interrupt, show};
use std::process::ExitCode;

fn main() -> ExitCode {
    let exit = run().unwrap_or_else(|error| explain(&error));
    if exit == Exit::Interrupted {
        interrupt::die();
    }
    interrupt::settle();
    exit.into()
}

fn run() -> Result<Exit> {
    interrupt::watch()?;
    commands::run(Cli::try_parse()?.command)
}

/// Help and the version are such errors too.
fn explain(error: &Error) -> Exit {
    let Some(usage) = error.downcast_ref::<clap::Error>() else {
        show::say(&format!("klpctl: {error:#}"));
        return Exit::of(error);
    };
    let text = usage.render().ansi().to_string();
    if usage.use_stderr() {
        show::say(text.trim_end());
        return Exit::Usage;
    }
    match show::print(&text) {
        Ok(()) => Exit::Ok,
        Err(error) => explain(&error),
    }
}
