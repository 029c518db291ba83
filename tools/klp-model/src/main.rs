// SPDX-License-Identifier: GPL-2.0

//! Random sequences of what can happen to livepatches, and a model that says what the kernel does then.

mod catalogue;
mod generate;
mod guest;
mod kernel;
mod model;
mod observation;
mod run;
mod shrink;
mod sources;
mod step;
mod tally;

use crate::{guest::Guest, run::Failure, tally::Tally};
use anyhow::{Context, Result};
use std::{env, path::Path, process::ExitCode};

const USAGE: &str = "\
usage: klp-model sources DIR            writes the patches' sources
       klp-model run MODULES SEED STEPS  does so many random steps, with the modules of that directory, on this machine
       klp-model play MODULES STEPS      does these, as 'load r1, hold, disable r1'

Whatever happens, all patches and klp_test_system are used as it wants: it is for a guest that is thrown away.";

fn main() -> Result<ExitCode> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let mut tally = Tally::default();
    let failure = match arguments[..] {
        ["sources", dir] => return sources::write(Path::new(dir)).map(|()| ExitCode::SUCCESS),
        ["run", modules, seed, steps] => {
            let seed = seed.parse().context("the seed is a number")?;
            let steps = steps.parse().context("how many steps is a number")?;
            run::random(
                &mut Guest::new(Path::new(modules))?,
                seed,
                steps,
                &mut tally,
            )?
        }
        ["play", modules, steps] => run::play(
            &mut Guest::new(Path::new(modules))?,
            &step::read(steps)?,
            &mut tally,
        )?,
        _ => {
            eprintln!("{USAGE}");
            return Ok(ExitCode::from(2));
        }
    };
    println!("{} steps", tally.steps());
    for line in tally.lines() {
        println!("{line}");
    }
    Ok(failure.map_or(ExitCode::SUCCESS, tell))
}

fn tell(failure: Failure) -> ExitCode {
    println!("the kernel does not do what the model says at the last of these steps:");
    println!("REPLAY='{}'", step::write(&failure.steps));
    for difference in failure.differences {
        println!("{difference}");
    }
    ExitCode::FAILURE
}
