// SPDX-License-Identifier: GPL-2.0

//! `klpctl proof`: whether the prepared tree makes the code that the kernel runs.

use super::kdir;
use crate::{
    bytes,
    cli::TreeChoice,
    exit::Exit,
    fix::diff::{changes, Change},
    proof::{Checked, Verdict},
    show,
    tree::{Made, Memories, Owner, Tree},
};
use anyhow::{ensure, Result};
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(Serialize)]
struct Report {
    release: String,
    proven: bool,
    units: Vec<Proven>,
}

#[derive(Serialize)]
struct Proven {
    source: String,
    object: Option<String>,
    same: usize,
    overridden: usize,
    different: usize,
    functions: Vec<Checked>,
    /// Why it was not compared.
    error: Option<String>,
}

/// Compiles each unit, and compares it.
pub fn run(files: &[String], patches: &[PathBuf], choice: &TreeChoice, json: bool) -> Result<Exit> {
    let tree = match tree(choice)? {
        Ok(tree) => tree,
        Err(exit) => return Ok(exit),
    };
    let sources = sources(files, patches, &tree)?;
    let mut memories = Memories::of(&tree);
    let mut units = Vec::new();
    for (source, made) in sources.iter().zip(tree.make(&sources)?) {
        units.push(match made {
            Ok(made) => compared(&made, &mut memories)?,
            Err(why) => Proven::failed(source, None, why),
        });
    }
    let is_good = |unit: &Proven| unit.different == 0 && unit.error.is_none();
    let report = Report {
        release: tree.release()?,
        proven: units.iter().all(is_good),
        units,
    };
    match json {
        true => show::json(&report)?,
        false => show::print(&text(&report))?,
    }
    Ok(if report.proven {
        Exit::Ok
    } else {
        Exit::Refused
    })
}

/// The tree that is named, prepared if it is a stock kernel's.
pub fn tree(choice: &TreeChoice) -> Result<std::result::Result<Tree, Exit>> {
    if let Some(dir) = &choice.kdir {
        return Tree::in_dir(dir).map(Ok);
    }
    match kdir::stock(choice.release.as_deref())? {
        Ok(dir) => Tree::stock(Path::new(&dir)).map(Ok),
        Err(exit) => Ok(Err(exit)),
    }
}

fn sources(files: &[String], patches: &[PathBuf], tree: &Tree) -> Result<Vec<String>> {
    let mut sources = Vec::new();
    for file in files {
        let below = Path::new(file).strip_prefix(&tree.source);
        let source = below.map_or(file.clone(), |below| below.display().to_string());
        ensure!(
            source.ends_with(".c") && tree.source.join(&source).is_file(),
            "{file}: no C file of the kernel's source, which is in {}",
            tree.source.display()
        );
        sources.push(source);
    }
    for patch in patches {
        let text = bytes::read(patch)?;
        for change in changes(&String::from_utf8_lossy(&text)) {
            let Change::Edit(path) = change else { continue };
            if path.ends_with(".c") {
                sources.push(path);
            }
        }
    }
    sources.dedup();
    ensure!(!sources.is_empty(), "no patch here changes a C file");
    Ok(sources)
}

fn compared(made: &Made, memories: &mut Memories) -> Result<Proven> {
    let owner = &made.compile.owner;
    // A module that this kernel does not have is no reason to stop.
    if let Err(why) = memories.get(owner) {
        let why = format!("{why:#}");
        return Ok(Proven::failed(&made.source, Some(owner), why));
    }
    let proof = memories.prove(made)?;
    if proof.is_of_nothing_that_runs() {
        let why = format!(
            "this kernel's configuration does not build it: nothing of it is in {}",
            owner.name()
        );
        return Ok(Proven::failed(&made.source, None, why));
    }
    Ok(Proven {
        source: made.source.clone(),
        object: Some(owner.name().to_owned()),
        same: proof.count(|verdict| *verdict == Verdict::Same),
        overridden: proof.count(|verdict| *verdict == Verdict::Overridden),
        different: proof.count(|verdict| verdict.fault().is_some()),
        functions: proof.functions,
        error: None,
    })
}

impl Proven {
    fn failed(source: &str, owner: Option<&Owner>, why: String) -> Self {
        Self {
            source: source.to_owned(),
            object: owner.map(|owner| owner.name().to_owned()),
            same: 0,
            overridden: 0,
            different: 0,
            functions: Vec::new(),
            error: Some(why),
        }
    }
}

fn text(report: &Report) -> String {
    let mut text = format!("against {}\n\n", report.release);
    let rows = report.units.iter().map(|unit| {
        let count = |number: usize| match unit.error {
            None => number.to_string(),
            Some(_) => "-".to_owned(),
        };
        vec![
            unit.source.clone(),
            unit.object.clone().unwrap_or_default(),
            count(unit.same),
            count(unit.overridden),
            count(unit.different),
        ]
    });
    text += &show::table(
        &["unit", "object", "same", "overridden", "different"],
        2,
        rows,
    );
    for unit in &report.units {
        if let Some(why) = &unit.error {
            text += &format!("\n{}: not compared: {why}\n", unit.source);
        }
        for function in &unit.functions {
            if let Some(why) = function.verdict.fault() {
                text += &format!("\n{}: {}: {why}\n", unit.source, function.name);
            }
        }
    }
    text += match report.proven {
        true => "\nThe tree makes the code that the kernel runs.\n",
        false => "\nThe tree does not make the code that the kernel runs: another compiler, source or configuration.\n",
    };
    text
}
