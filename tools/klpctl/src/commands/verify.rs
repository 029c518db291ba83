// SPDX-License-Identifier: GPL-2.0

//! `klpctl verify`: what is wrong with a livepatch.

use super::kdir;
use crate::{
    bytes, checkout,
    cli::{KernelChoice, Strictness},
    elf::Elf,
    exit::Exit,
    kernel::Kernel,
    patch::{self, Patch},
    progress,
    report::{Checked, Report},
    show,
    verify::{self, Running},
};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// Checks files, and says what was found.
pub fn run(
    files: &[String],
    over: &[String],
    choice: &KernelChoice,
    strictness: Strictness,
    json: bool,
) -> Result<Exit> {
    if json {
        progress::silence();
    }
    let report = report(files, over, choice)?;
    if json {
        show::json(&report)?;
    } else {
        show::print(&report.text(show::width()))?;
    }
    Ok(exit(&report, strictness))
}

/// Checks each file, and each together with those before it and with `over`; for the running kernel,
/// also with what is in force there.
pub fn report(files: &[String], over: &[String], choice: &KernelChoice) -> Result<Report> {
    progress::step("verify", || checked(files, over, choice))
}

fn checked(files: &[String], over: &[String], choice: &KernelChoice) -> Result<Report> {
    let mut others = before(over, choice.running)?;
    let running = match choice.running {
        true => Some(Running::read(Path::new("/"))?),
        false => None,
    };
    let mut kernel = None;
    let mut checked = Vec::new();
    for file in files {
        let bytes = bytes::read(Path::new(file))?;
        let elf = Elf::parse(&bytes).with_context(|| file.clone())?;
        let patch = patch::read(&elf).with_context(|| file.clone())?;
        let kernel = match &mut kernel {
            Some(kernel) => kernel,
            None => kernel.insert(choose(choice, &patch)?.with_modules(&choice.modules)?),
        };
        kernel.also_beside(Path::new(file));
        let mut findings = verify::check(&elf, &patch, kernel);
        findings.extend(match &running {
            Some(running) => running.check(&patch, &others, kernel),
            None => verify::check_together(&patch, &others),
        });
        checked.push(Checked::new(file, &patch, findings));
        others.push(patch);
    }
    let kernel = kernel.context("no file was given")?;
    let report = Report::new(kernel.origin.clone(), kernel.release.clone(), checked);
    // The program ends soon, and to free its symbols one by one takes time.
    std::mem::forget(kernel);
    Ok(report)
}

/// Checks a module that was read, against the running kernel and what is in force there.
pub fn against_running(file: &str, bytes: &[u8], patch: &Patch) -> Result<Report> {
    progress::step("verify", || {
        let elf = Elf::parse(bytes).with_context(|| file.to_owned())?;
        let mut kernel = Kernel::running()?;
        kernel.also_beside(Path::new(file));
        let running = Running::read(Path::new("/"))?;
        let mut findings = verify::check(&elf, patch, &kernel);
        findings.extend(running.check(patch, &patch::in_force(Path::new("/"))?, &kernel));
        let checked = Checked::new(file, patch, findings);
        Ok(Report::new(kernel.origin, kernel.release, vec![checked]))
    })
}

/// Checks a module that was read, against the kernel that it is for and patches that come before it.
pub fn for_its_kernel(file: &str, bytes: &[u8], patch: &Patch, before: &[Patch]) -> Result<Report> {
    progress::step("verify", || {
        let elf = Elf::parse(bytes).with_context(|| file.to_owned())?;
        let mut kernel = choose(&KernelChoice::default(), patch).or_else(|error| {
            let running = Kernel::running().map_err(|_| error)?;
            Ok::<_, anyhow::Error>(running)
        })?;
        kernel.also_beside(Path::new(file));
        let mut findings = verify::check(&elf, patch, &kernel);
        findings.extend(verify::check_together(patch, before));
        let checked = Checked::new(file, patch, findings);
        Ok(Report::new(kernel.origin, kernel.release, vec![checked]))
    })
}

/// How the program ends after a report.
pub fn exit(report: &Report, strictness: Strictness) -> Exit {
    match report.verified() {
        Some(true) => Exit::Ok,
        None if !strictness.strict => Exit::Ok,
        Some(false) if report.is_only_pending() => Exit::Transition,
        _ => Exit::Refused,
    }
}

/// What is there before the first file: what is in force in the running kernel, and then `over`.
fn before(over: &[String], is_running: bool) -> Result<Vec<Patch>> {
    let mut patches = match is_running {
        true => patch::in_force(Path::new("/"))?,
        false => Vec::new(),
    };
    for name in over {
        let patch = patch::find(name)?;
        let is_there =
            patch.status.is_some() && patches.iter().any(|known| known.name == patch.name);
        if !is_there {
            patches.push(patch);
        }
    }
    Ok(patches)
}

/// The kernel that was chosen, or else a stock one, prepared if need be; and its tree, if there is one.
#[allow(clippy::type_complexity)]
pub fn chosen_or_stock(
    choice: &KernelChoice,
    release: Option<&str>,
) -> Result<std::result::Result<(Kernel, Option<PathBuf>), Exit>> {
    let (kernel, tree) = match choice.is_given() {
        true => (chosen(choice)?.context("no kernel")?, choice.kernel.clone()),
        false => match kdir::stock(release)? {
            Ok(tree) => (Kernel::in_dir(Path::new(&tree))?, Some(PathBuf::from(tree))),
            Err(exit) => return Ok(Err(exit)),
        },
    };
    Ok(Ok((kernel.with_modules(&choice.modules)?, tree)))
}

/// The kernel that is named.
pub fn chosen(choice: &KernelChoice) -> Result<Option<Kernel>> {
    Ok(Some(match choice {
        KernelChoice { running: true, .. } => Kernel::running()?,
        KernelChoice {
            vmlinux: Some(file),
            ..
        } => Kernel::of_image(file)?,
        KernelChoice {
            kernel: Some(dir), ..
        } => Kernel::in_dir(dir)?,
        _ => return Ok(None),
    }))
}

/// The kernel that is named, else the one that the patch was built for.
fn choose(choice: &KernelChoice, patch: &Patch) -> Result<Kernel> {
    if let Some(kernel) = chosen(choice)? {
        return Ok(kernel);
    }
    let vermagic = patch.vermagic.as_deref().unwrap_or_default();
    let release = vermagic.split(' ').next().unwrap_or_default();
    let prepared = checkout::cache().map(|cache| cache.join("kernel").join(release));
    if let Some(dir) = prepared.filter(|dir| dir.join("vmlinuz").exists()) {
        return Kernel::in_dir(&dir);
    }
    let installed = Path::new("/boot").join(format!("vmlinuz-{release}"));
    if installed.exists() {
        return Kernel::of_image(&installed);
    }
    anyhow::bail!(
        "no kernel '{release}' is prepared or installed here: 'klpctl kdir {release}' \
        prepares a stock one; or name one by --kernel, --vmlinux or --running"
    )
}
