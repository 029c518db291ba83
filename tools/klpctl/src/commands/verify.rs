// SPDX-License-Identifier: GPL-2.0

//! `klpctl verify`: what is wrong with a livepatch.

use crate::{
    bytes, checkout,
    cli::{KernelChoice, Strictness},
    elf::Elf,
    exit::Exit,
    kernel::Kernel,
    patch::{self, Patch},
    show,
    verify::{self, Finding, Status},
};
use anyhow::{Context, Result};
use serde::Serialize;
use std::path::Path;

#[derive(Serialize)]
struct Report {
    kernel: String,
    release: String,
    verified: Option<bool>,
    patches: Vec<Checked>,
}

#[derive(Serialize)]
struct Checked {
    file: String,
    name: String,
    findings: Vec<Finding>,
}

/// Checks each file, and each together with those before it and with `over`.
pub fn run(
    files: &[String],
    over: &[String],
    choice: &KernelChoice,
    strictness: Strictness,
    json: bool,
) -> Result<Exit> {
    let mut others = over
        .iter()
        .map(|name| patch::find(name))
        .collect::<Result<Vec<_>>>()?;
    let mut kernel = None;
    let mut checked = Vec::new();
    for file in files {
        let bytes = bytes::read(Path::new(file))?;
        let elf = Elf::parse(&bytes).with_context(|| file.clone())?;
        let patch = patch::read(&elf).with_context(|| file.clone())?;
        let kernel = match &kernel {
            Some(kernel) => kernel,
            None => kernel.insert(choose(choice, &patch)?.with_modules(&choice.modules)),
        };
        let mut findings = verify::check(&elf, &patch, kernel);
        findings.extend(verify::check_together(&patch, &others));
        checked.push(Checked {
            file: file.clone(),
            name: patch.name.clone(),
            findings,
        });
        others.push(patch);
    }
    let kernel = kernel.context("no file was given")?;
    let verified = verify::verdict(checked.iter().flat_map(|patch| &patch.findings));
    let report = Report {
        kernel: kernel.origin,
        release: kernel.release,
        verified,
        patches: checked,
    };
    if json {
        show::json(&report)?;
    } else {
        show::print(&text(&report))?;
    }
    Ok(match verified {
        Some(true) => Exit::Ok,
        None if !strictness.strict => Exit::Ok,
        _ => Exit::Refused,
    })
}

fn text(report: &Report) -> String {
    let mut text = format!("against {} ({})\n", report.release, report.kernel);
    for patch in &report.patches {
        text += &format!("\n{}\n", patch.file);
        text += &show::table(&["", "check", "about", ""], patch.findings.iter().map(row));
    }
    let count = |status| {
        let findings = report.patches.iter().flat_map(|patch| &patch.findings);
        findings.filter(|finding| finding.status == status).count()
    };
    text + &format!(
        "\n{} ok, {} failed, {} warnings, {} not known\n",
        count(Status::Ok),
        count(Status::Failed),
        count(Status::Warning),
        count(Status::Unknown)
    )
}

fn row(finding: &Finding) -> Vec<String> {
    let status = match finding.status {
        Status::Ok => "ok",
        Status::Failed => "FAILED",
        Status::Warning => "warning",
        Status::Unknown => "not known",
    };
    vec![
        status.to_owned(),
        finding.check.to_owned(),
        finding.subject.clone(),
        finding.message.clone(),
    ]
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
