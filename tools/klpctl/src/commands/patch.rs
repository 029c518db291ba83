// SPDX-License-Identifier: GPL-2.0

//! `klpctl patch`: from a fix in C to a module that has been checked.

mod report;
mod tree;

use self::report::Report;
use super::{build, new::name::is_good};
use crate::{
    cli::{Strictness, TreeChoice},
    exit::Exit,
    fix::{self, directory},
    interrupt::Partial,
    patch::About,
    progress, show,
    tree::Tree,
};
use anyhow::{ensure, Context, Result};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

/// What is wanted.
pub struct Request {
    /// The fix.
    pub patches: Vec<PathBuf>,
    /// The tables.
    pub with: Option<PathBuf>,
    /// The livepatch's name.
    pub name: Option<String>,
    /// The directory.
    pub dir: Option<PathBuf>,
    /// What it is to say of itself.
    pub about: About,
    /// The tree.
    pub tree: TreeChoice,
    /// How many units may be changed through one header.
    pub max_units: usize,
    /// Nothing is written.
    pub is_dry: bool,
    /// How much has to be known.
    pub strictness: Strictness,
    /// What came of it is printed as JSON.
    pub json: bool,
}

/// Makes the directory, builds, verifies, and says what came of it.
pub fn run(request: &Request) -> Result<Exit> {
    let mut report = Report::default();
    if !request.json {
        return make(request, &mut report);
    }
    progress::silence();
    let exit = make(request, &mut report).or_else(|error| report.refuse(error))?;
    report.steps = progress::taken();
    show::json(&report)?;
    Ok(exit)
}

fn make(request: &Request, report: &mut Report) -> Result<Exit> {
    let name = match &request.name {
        Some(name) => name.clone(),
        None => name_of(&request.patches[0]),
    };
    ensure!(
        is_good(&name),
        "'{name}' is no name of a module: use letters, digits, - and _, a letter first; --name chooses one"
    );
    report.name.clone_from(&name);
    let dir = request.dir.clone().unwrap_or_else(|| PathBuf::from(&name));
    let has_tables = request.with.is_some() || dir.join("tables.rs").exists();
    ensure!(
        request.about.is_empty() || !has_tables,
        "--fixes, --patch-version and --expires are for new tables, and {name} has its own: write them there, as fields of fix!"
    );
    let tree = match tree::tree(&request.tree, request.is_dry)? {
        Ok(tree) => tree,
        Err(exit) => return Ok(exit),
    };
    report.release = tree.release()?;
    let scratch = Partial::directory(&std::env::temp_dir().join("klpctl-patch"))
        .context("cannot make a directory for what is temporary")?;
    let made = fix::make(
        &fix::Request {
            patches: &request.patches,
            max_units: request.max_units,
        },
        &tree,
        scratch.path(),
    )?;
    report.add(&made);
    match (request.json, progress::is_quiet()) {
        (true, _) => {}
        (false, true) => show::print(&report.warnings())?,
        (false, false) => show::print(&report.text())?,
    }
    if request.is_dry {
        return Ok(Exit::Ok);
    }
    let contents = contents(&name, request, &tree, &made)?;
    write(&dir, &contents, &made, request.with.as_deref())?;
    let (release, kdir) = match tree.is_stock() {
        true => (Some(report.release.as_str()), None),
        false => (None, Some(&*tree.kdir)),
    };
    let built = match build::build(&dir, release, kdir)? {
        Ok(built) => built,
        Err(exit) => return Ok(exit),
    };
    if !request.json {
        show::print(&built.report.text(show::width()))?;
    }
    let exit = built.exit(request.strictness);
    report.verification = Some(built.report);
    Ok(exit)
}

/// A name of a module, of a patch's.
fn name_of(patch: &Path) -> String {
    const LONGEST: usize = 40;
    let stem = patch
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let fits = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '_';
    let name: String = stem
        .chars()
        .map(|one| if fits(one) { one } else { '-' })
        .collect();
    let name = name.trim_start_matches(|first: char| !first.is_ascii_lowercase());
    let name: String = name.chars().take(LONGEST).collect();
    let name = name.trim_end_matches('-');
    if name.is_empty() {
        "fix".to_owned()
    } else {
        name.to_owned()
    }
}

fn contents(
    name: &str,
    request: &Request,
    tree: &Tree,
    made: &fix::Made,
) -> Result<directory::Contents> {
    let parts = made.parts.iter().map(|part| directory::Part {
        object: part.object.clone(),
        file: format!("fix-{}", part.object.replace('_', "-")),
        replaced: part
            .difference
            .extracted
            .replaced
            .iter()
            .cloned()
            .zip(part.prototypes.iter().cloned())
            .collect(),
    });
    Ok(directory::Contents {
        name: name.to_owned(),
        title: title(&request.patches[0], name),
        release: tree.release()?,
        about: request.about.clone(),
        parts: parts.collect(),
        namespaces: made.namespaces.clone(),
        is_kept: made.is_pointed_at(),
    })
}

/// What a mail or a commit is called.
fn title(patch: &Path, name: &str) -> String {
    let text = fs::read(patch).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let subject = text.lines().find_map(|line| line.strip_prefix("Subject: "));
    let subject = subject.map(|subject| match subject.split_once("] ") {
        Some((tag, rest)) if tag.starts_with('[') => rest,
        _ => subject,
    });
    subject.unwrap_or(name).replace(['"', '\\'], "'")
}

/// What the author wrote stays.
fn write(
    dir: &Path,
    contents: &directory::Contents,
    made: &fix::Made,
    with: Option<&Path>,
) -> Result<()> {
    fs::create_dir_all(dir)
        .with_context(|| format!("cannot make the directory {}", dir.display()))?;
    for (part, known) in made.parts.iter().zip(&contents.parts) {
        let object = format!("{}.o_shipped", known.file);
        replace(&dir.join(object), &part.difference.extracted.bytes)?;
    }
    for (name, text) in contents.generated() {
        replace(&dir.join(name), text.as_bytes())?;
    }
    for (name, text) in contents.authored() {
        let file = dir.join(name);
        match (name, with) {
            ("tables.rs", Some(with)) => {
                let text =
                    fs::read(with).with_context(|| format!("cannot read {}", with.display()))?;
                replace(&file, &text)?;
            }
            _ if file.exists() => {}
            _ => replace(&file, text.as_bytes())?,
        }
    }
    Ok(())
}

/// The old content or the new one, but nothing between; untouched if it is the same.
fn replace(file: &Path, content: &[u8]) -> Result<()> {
    if fs::read(file).is_ok_and(|old| old == content) {
        return Ok(());
    }
    let write = || -> std::io::Result<()> {
        let (partial, mut to) = Partial::file(file)?;
        to.write_all(content)?;
        partial.finish(file)
    };
    write().with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patchs_name_becomes_a_modules() {
        for (patch, name) in [
            ("/x/0001-fs-Fix_a.bug.patch", "fs-fix_a-bug"),
            ("12.patch", "fix"),
            ("a.patch", "a"),
        ] {
            assert_eq!(name_of(Path::new(patch)), name);
        }
    }
}
