// SPDX-License-Identifier: GPL-2.0

//! `klpctl build`: from the source of a livepatch to a module that has been checked.

mod callers;
mod describe;
mod targets;

use super::{kdir, verify};
use crate::{
    bytes, checkout,
    cli::{KernelChoice, Strictness},
    elf::Elf,
    exit::Exit,
    patch, progress,
    report::Report,
    show,
};
use anyhow::{bail, Context, Result};
use std::path::{Path, PathBuf};

/// Builds a directory, verifies, and says what was found.
pub fn run(
    dir: &Path,
    release: Option<&str>,
    kdir: Option<&Path>,
    strictness: Strictness,
    json: bool,
) -> Result<Exit> {
    if json {
        progress::silence();
    }
    let built = match build(dir, release, kdir)? {
        Ok(built) => built,
        Err(exit) => return Ok(exit),
    };
    match json {
        true => show::json(&built.report)?,
        false => show::print(&built.report.text(show::width()))?,
    }
    Ok(built.exit(strictness))
}

/// Modules that were built.
pub struct Built {
    modules: Vec<String>,
    /// What was found of them.
    pub report: Report,
}

impl Built {
    /// How the program ends; says what is next.
    pub fn exit(&self, strictness: Strictness) -> Exit {
        let exit = verify::exit(&self.report, strictness);
        progress::say(&match exit {
            Exit::Ok => format!(
                "next: load it on that kernel, as root: insmod {}",
                self.modules.join(" ")
            ),
            _ => "the module is built, and not to be loaded: see what FAILED or is not known"
                .to_owned(),
        });
        exit
    }
}

/// Builds a directory for a stock kernel's release, or for a tree of one's own; then verifies.
pub fn build(
    dir: &Path,
    release: Option<&str>,
    kdir: Option<&Path>,
) -> Result<std::result::Result<Built, Exit>> {
    let dir = dir
        .canonicalize()
        .with_context(|| format!("{}: no such directory", dir.display()))?;
    let tree = match kdir {
        Some(kdir) => kdir.to_owned(),
        None => match kdir::stock(release)? {
            Ok(tree) => PathBuf::from(tree),
            Err(exit) => return Ok(Err(exit)),
        },
    };
    if let Some(failed) = compile(&dir, release, kdir)? {
        return Ok(Err(failed));
    }
    let modules = livepatches(modules(&dir)?)?;
    describe::describe(&modules, &tree, kdir.is_none())?;
    let choice = KernelChoice {
        kernel: Some(tree),
        modules: vec![dir.clone()],
        ..Default::default()
    };
    let report = verify::report(&modules, &[], &choice)?;
    Ok(Ok(Built { modules, report }))
}

/// Runs the kernel's build system; `None` if all went well. What the compiler says is shown in whole.
fn compile(dir: &Path, release: Option<&str>, kdir: Option<&Path>) -> Result<Option<Exit>> {
    let mut command = checkout::script("kbuild")?;
    command
        .arg("modules")
        .env("M", dir)
        .env("KLPCTL", std::env::current_exe()?)
        .env_remove("MO")
        .env_remove("KERNEL")
        .env_remove("KDIR");
    command
        .envs(release.map(|release| ("KERNEL", release)))
        .envs(kdir.map(|kdir| ("KDIR", kdir)));
    let (exit, output) =
        progress::long_step("compile and link", || checkout::run_silently(&mut command))?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    // Lines that end so tell of steps, as the line above did.
    let said: Vec<_> = said.lines().filter(|line| !line.ends_with('…')).collect();
    match exit {
        _ if said.is_empty() => {}
        Exit::Ok => progress::say(&said.join("\n")),
        _ => show::say(&said.join("\n")),
    }
    Ok(Some(exit).filter(|exit| *exit != Exit::Ok))
}

/// Those of the modules that are livepatches; if none is, all, so that this is said.
fn livepatches(modules: Vec<String>) -> Result<Vec<String>> {
    let (mut livepatches, mut others) = (Vec::new(), Vec::new());
    for module in modules {
        let bytes = bytes::read(Path::new(&module))?;
        match Elf::parse(&bytes).map(|elf| patch::read(&elf)) {
            Ok(Err(patch::Error::NoLivepatch)) => others.push(module),
            _ => livepatches.push(module),
        }
    }
    if livepatches.is_empty() {
        return Ok(others);
    }
    for module in others {
        progress::say(&format!("{module}: no livepatch, and not checked"));
    }
    Ok(livepatches)
}

/// The modules that were built, which the build system lists as objects.
fn modules(dir: &Path) -> Result<Vec<String>> {
    let list = dir.join("modules.order");
    let text = std::fs::read_to_string(&list)
        .with_context(|| format!("cannot read {}", list.display()))?;
    let names = text.lines().filter_map(|line| line.strip_suffix(".o"));
    let modules: Vec<_> = names
        .map(|name| dir.join(format!("{name}.ko")).display().to_string())
        .collect();
    if modules.is_empty() {
        bail!(
            "{}: its Kbuild names no module; it needs a line 'obj-m := NAME.o'",
            dir.display()
        );
    }
    Ok(modules)
}
