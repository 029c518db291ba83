// SPDX-License-Identifier: GPL-2.0

//! The commands, one a file.

mod build;
mod compat;
mod diff;
mod doctor;
mod fixes;
mod info;
mod kdir;
mod link;
mod manual;
mod new;
mod patch;
mod proof;
mod system;
mod types;
mod verify;

use crate::{
    cli::{Cli, Command},
    exit::Exit,
    progress,
};
use anyhow::Result;

/// Runs a command; without one, shows the status.
pub fn run(cli: Cli) -> Result<Exit> {
    if cli.quiet {
        progress::silence();
    }
    match cli.command {
        Some(command) => run_one(command),
        None => system::status::run(false, false),
    }
}

fn run_one(command: Command) -> Result<Exit> {
    match command {
        Command::Info { patches, output } => info::run(&patches, output.json),
        Command::Compat {
            patches,
            matrix: true,
            svg,
            output,
        } => compat::matrix(&patches, output.json, svg.as_deref()),
        Command::Compat {
            patches, output, ..
        } => compat::one(&patches, output.json),
        Command::Diff {
            from,
            to,
            strictness,
            output,
        } => diff::run(&from, &to, strictness, output.json),
        Command::Verify {
            files,
            over,
            strictness,
            kernel,
            output,
        } => verify::run(&files, &over, &kernel, strictness, output.json),
        Command::Kdir { which, running } => kdir::run(which.as_deref(), running),
        Command::Types {
            object,
            structs,
            release,
            kernel,
        } => types::run(&object, &structs, release.as_deref(), &kernel),
        Command::New {
            name,
            targets,
            c,
            around,
            release,
            about,
            kernel,
        } => new::run(
            name.as_deref(),
            &targets,
            release.as_deref(),
            &kernel,
            match (c, around) {
                (true, _) => new::Form::C,
                (false, true) => new::Form::Around,
                (false, false) => new::Form::Rust,
            },
            &about.about(),
        ),
        Command::Build {
            dir,
            release,
            kdir,
            strictness,
            output,
        } => build::run(
            &dir,
            release.as_deref(),
            kdir.as_deref(),
            strictness,
            output.json,
        ),
        Command::Patch {
            patches,
            with,
            name,
            dir,
            max_units,
            dry_run,
            about,
            tree,
            strictness,
            output,
        } => patch::run(&patch::Request {
            patches,
            with,
            name,
            dir,
            tree,
            max_units,
            is_dry: dry_run,
            about: about.about(),
            strictness,
            json: output.json,
        }),
        Command::Proof {
            files,
            patches,
            tree,
            output,
        } => proof::run(&files, &patches, &tree, output.json),
        Command::Doctor { purpose, output } => doctor::run(purpose, output.json),
        Command::Fixes { names, output } => fixes::run(&names, output.json),
        Command::Link { modules } => link::run(&modules),
        Command::Man { dir } => manual::man_pages(&dir),
        Command::Completions { shell } => manual::completions(shell),
        Command::System(command) => system::run(command),
    }
}
