// SPDX-License-Identifier: GPL-2.0

//! `klpctl man` and `klpctl completions`: both from the command line's description.

use crate::{cli::Cli, exit::Exit, show};
use anyhow::{Context, Result};
use clap::CommandFactory;
use clap_complete::Shell;
use std::path::Path;

/// Writes `klpctl.1` and `klpctl-COMMAND.1`.
pub fn man_pages(dir: &Path) -> Result<Exit> {
    std::fs::create_dir_all(dir)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), dir))
        .with_context(|| format!("cannot write man pages into {}", dir.display()))?;
    Ok(Exit::Ok)
}

/// Prints a shell's completions.
pub fn completions(shell: Shell) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "klpctl", &mut script);
    show::plain(&script).map(|()| Exit::Ok)
}
