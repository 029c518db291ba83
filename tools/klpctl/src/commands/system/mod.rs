// SPDX-License-Identifier: GPL-2.0

//! The commands for the running system.

pub mod blocking;
pub mod boot;
pub mod downgrade;
pub mod force;
pub mod install;
pub mod load;
pub mod metrics;
pub mod reverse;
pub mod sign;
pub mod status;
pub mod unload;
pub mod upgrade;
pub mod wait;

use crate::{
    cli::SystemCommand,
    exit::Exit,
    patch, progress,
    running::{Lock, Obstacle, Reason, System},
    show,
};
use anyhow::{Error, Result};
use serde::Serialize;

/// What came of a command that changes something.
#[derive(Serialize)]
struct Done<T> {
    done: bool,
    #[serde(flatten)]
    what: T,
}

#[derive(Serialize)]
struct Simple {
    reason: Reason,
    message: String,
}

/// Runs one of them.
pub fn run(command: SystemCommand) -> Result<Exit> {
    match command {
        SystemCommand::Status { watch, output } => {
            answer(output.json, || status::run(watch, output.json))
        }
        SystemCommand::List { output } => answer(output.json, || status::list(output.json)),
        SystemCommand::Load {
            what,
            parameters,
            all: _,
            waiting,
            knowledge,
            output,
        } => answer(output.json, || match what {
            Some(name) if patch::is_name(&name) => {
                load::without_parameters(&name, &parameters)?;
                boot::one(&name, waiting, output.json)
            }
            Some(file) => load::run(&file, &parameters, waiting, knowledge, output.json),
            None => boot::all(waiting, output.json),
        }),
        SystemCommand::Unload {
            names,
            all,
            waiting,
            output,
        } => answer(output.json, || {
            unload::run(&names, all, waiting, output.json)
        }),
        SystemCommand::Reverse {
            name,
            timeout,
            output,
        } => answer(output.json, || reverse::run(&name, timeout, output.json)),
        SystemCommand::Upgrade {
            file,
            parameters,
            dry_run,
            waiting,
            knowledge,
            output,
        } => answer(output.json, || {
            let file = load::File::read(&file)?.with_parameters(&parameters)?;
            upgrade::run(&file, dry_run, waiting, knowledge, output.json)
        }),
        SystemCommand::Blocking { verbose, output } => {
            answer(output.json, || blocking::run(verbose, output.json))
        }
        SystemCommand::Wait {
            name,
            timeout,
            output,
        } => answer(output.json, || {
            wait::run(name.as_deref(), timeout, output.json)
        }),
        SystemCommand::Check { output } => answer(output.json, || wait::check(output.json)),
        SystemCommand::Install {
            file,
            release,
            knowledge,
            sign,
            output,
        } => answer(output.json, || {
            install::run(&file, release.as_deref(), knowledge, &sign, output.json)
        }),
        SystemCommand::Uninstall {
            names,
            release,
            output,
        } => answer(output.json, || {
            install::uninstall(&names, release.as_deref(), output.json)
        }),
        SystemCommand::Downgrade {
            dry_run,
            waiting,
            output,
        } => answer(output.json, || {
            downgrade::run(dry_run, waiting, output.json)
        }),
        SystemCommand::Sign { file, sign, output } => {
            answer(output.json, || sign::run(&file, &sign, output.json))
        }
        SystemCommand::Metrics { output } => metrics::run(output.as_deref()),
        SystemCommand::Settle => boot::settle(),
        SystemCommand::Force { name, yes, output } => {
            answer(output.json, || force::run(&name, yes, output.json))
        }
    }
}

/// Runs a command; where JSON is asked for, a failure is told in JSON, too.
pub fn answer(json: bool, run: impl FnOnce() -> Result<Exit>) -> Result<Exit> {
    if !json {
        return run();
    }
    progress::silence();
    run().or_else(|error| {
        let exit = Exit::of(&error);
        failed(error)?;
        Ok(exit)
    })
}

fn failed(error: Error) -> Result<()> {
    if let Some(what) = error.downcast_ref::<Obstacle>() {
        return show::json(Done { done: false, what });
    }
    let reason = match Exit::of(&error) {
        Exit::NotPermitted => Reason::NotRoot,
        _ => Reason::Failed,
    };
    let message = format!("{error:#}");
    let what = Simple { reason, message };
    show::json(Done { done: false, what })
}

/// Says that something was done.
fn done(json: bool, text: &str, what: impl Serialize) -> Result<Exit> {
    match json {
        true => show::json(Done { done: true, what })?,
        false => progress::say(&show::clean(text)),
    }
    Ok(Exit::Ok)
}

/// The running system, for one who may change it; others wait until the lock is dropped.
fn changing() -> Result<(System, Lock)> {
    if !rustix::process::geteuid().is_root() {
        return Err(
            Obstacle::new(Reason::NotRoot, "only root may change what is in force")
                .help("run klpctl as root")
                .into(),
        );
    }
    let system = System::running();
    system.has_livepatches()?;
    let lock = Lock::take(&system.root)?;
    Ok((system, lock))
}
