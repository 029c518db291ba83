// SPDX-License-Identifier: GPL-2.0

//! The program: parses the command line, runs the command, and ends with its exit code.

use anyhow::{Error, Result};
use clap::Parser;
use klpctl::{cli::Cli, commands, exit::Exit, interrupt, running::Obstacle, show};
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
    commands::run(Cli::try_parse()?)
}

/// Help and the version are such errors too.
fn explain(error: &Error) -> Exit {
    let Some(usage) = error.downcast_ref::<clap::Error>() else {
        show::say(&show::clean(&format!("klpctl: {error:#}")));
        let details = error.downcast_ref().map(Obstacle::details);
        for line in details.iter().flatten() {
            show::say(&show::clean(line));
        }
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
