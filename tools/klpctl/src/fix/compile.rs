// SPDX-License-Identifier: GPL-2.0

//! Units as they are and as they are to be, compiled so that they can be compared: each function in
//! a section of its own, and in one piece.

use super::{source::Patched, Refusal};
use crate::tree::{object_of, Made, Over, Tree};
use anyhow::{bail, Context, Result};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A part of a function elsewhere, as gcc makes of what is rare, would call what the kernel does not
/// see on a task's stack.
const OPTIONS: &str = "-ffunction-sections -fdata-sections -fno-reorder-blocks-and-partition";

/// A unit, compiled twice.
pub struct Pair {
    /// The unit, as it was made in the tree.
    pub made: Made,
    /// As it is.
    pub original: PathBuf,
    /// With the fix.
    pub patched: PathBuf,
}

/// Compiles units. What was compiled before is not compiled again.
pub fn compile(
    units: Vec<Made>,
    patched: &Patched,
    tree: &Tree,
    scratch: &Path,
) -> Result<Vec<Pair>> {
    let constants = constants(tree);
    let mut changed = Vec::new();
    for path in &patched.files {
        changed.push((path.clone(), fs::read(patched.file(path))?));
    }
    let originals: Vec<_> = jobs(&units, &[], "original", tree, scratch)?;
    let news: Vec<_> = jobs(&units, &changed, "patched", tree, scratch)?;
    let mut over = patched.over(tree);
    over.extend(self::constants(tree));
    let (first, second) = std::thread::scope(|threads| {
        let other = threads.spawn(|| run(&originals, &constants, tree, scratch));
        (run(&news, &over, tree, scratch), other.join())
    });
    if let Err(failed) = first? {
        return Err(Refusal::DoesNotCompile {
            path: failed.source,
            why: failed.why,
        }
        .into());
    }
    match second {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(failed))) => bail!("{} does not compile: {}", failed.source, failed.why),
        Ok(Err(error)) => return Err(error),
        Err(_) => bail!("the compiler could not be run"),
    }
    let pairs = units.into_iter().zip(originals.into_iter().zip(news));
    let pairs = pairs.map(|(made, (original, new))| Pair {
        made,
        original: original.object,
        patched: new.object,
    });
    Ok(pairs.collect())
}

/// Constants that the kernel writes into its code at boot stay placeholders in a module: the generic
/// header reads the variable.
fn constants(tree: &Tree) -> Vec<Over> {
    let place = tree.source.join("arch/x86/include/asm/runtime-const.h");
    let file = tree.source.join("include/asm-generic/runtime-const.h");
    match place.exists() && file.exists() {
        true => vec![Over { file, place }],
        false => Vec::new(),
    }
}

struct Job {
    source: String,
    command: String,
    /// Where the object is to be.
    object: PathBuf,
    /// Where it is written.
    partial: PathBuf,
}

struct Failed {
    source: String,
    why: String,
}

fn jobs(
    units: &[Made],
    changed: &[(String, Vec<u8>)],
    side: &str,
    tree: &Tree,
    scratch: &Path,
) -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    for made in units {
        let object = object_of(&made.source);
        let partial = scratch.join(side).join(&object);
        let command = made.compile.with(OPTIONS, &partial);
        // The place that it is written to is another each time.
        let key = (
            made.compile.with(OPTIONS, Path::new("")),
            fs::read(&made.object)?,
            changed,
        );
        fs::create_dir_all(partial.parent().context("an object without directory")?)?;
        jobs.push(Job {
            source: made.source.clone(),
            command,
            object: tree.kept(&object, &key).unwrap_or_else(|| partial.clone()),
            partial,
        });
    }
    Ok(jobs)
}

fn run(
    jobs: &[Job],
    over: &[Over],
    tree: &Tree,
    scratch: &Path,
) -> Result<std::result::Result<(), Failed>> {
    for job in jobs.iter().filter(|job| !job.object.exists()) {
        let ran = tree.try_run(&job.command, over, &[scratch])?;
        if let Some(status) = ran.failed {
            return Ok(Err(Failed {
                source: job.source.clone(),
                why: crate::tree::last_words(&ran.stderr, &status),
            }));
        }
        keep(job)?;
    }
    Ok(Ok(()))
}

/// The object is there in whole or not at all.
fn keep(job: &Job) -> Result<()> {
    if job.object == job.partial {
        return Ok(());
    }
    fs::create_dir_all(job.object.parent().context("an object without directory")?)?;
    let partial = job
        .object
        .with_extension(format!("{}.partial", std::process::id()));
    fs::copy(&job.partial, &partial)?;
    Ok(fs::rename(&partial, &job.object)?)
}
