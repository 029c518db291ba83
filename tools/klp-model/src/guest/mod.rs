// SPDX-License-Identifier: GPL-2.0

//! The kernel that this runs on.

mod copies;
mod sleepers;
mod sysfs;

use self::{copies::Copies, sleepers::Sleepers};
use crate::{
    catalogue::{self, Function, Patch, PATCHES},
    kernel::Kernel,
    observation::{answer, Observation, Tracked, Verdict},
    step::Step,
};
use anyhow::{ensure, Context, Result};
use rustix::{io::Errno, system};
use std::{
    ffi::{CStr, CString},
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

const SYSTEM: &str = "/sys/kernel/debug/klp_test_system";
const TARGET: &str = "/sys/kernel/debug/klp_test_target";
const PROBE: &str = "klp_model_probe";

/// It looks so often before it believes that what it expects does not come.
const PATIENCE: usize = 500;
/// So often when it has been disappointed, and the steps are made fewer.
const LESS_PATIENCE: usize = 150;
/// So often, for a reference to be given back that may be kept for ever.
const PATIENCE_FOR_REFERENCES: usize = 10;

/// The modules of this kernel.
pub struct Guest {
    modules: PathBuf,
    copies: Copies,
    sleepers: Sleepers,
    woken: Vec<u32>,
    patience: usize,
}

impl Guest {
    /// With the modules of a directory.
    pub fn new(modules: &Path) -> Result<Self> {
        let guest = Self {
            modules: modules.to_owned(),
            copies: Copies::new(modules),
            sleepers: Sleepers::default(),
            woken: Vec::new(),
            patience: PATIENCE,
        };
        let loaded = guest.insert("klp_test_system", c"")?;
        ensure!(loaded.is_ok(), "klp_test_system is not loaded: {loaded:?}");
        Ok(guest)
    }

    fn insert(&self, module: &str, parameters: &CStr) -> Result<Verdict> {
        insert(&self.modules.join(format!("{module}.ko")), parameters)
    }

    fn load(&mut self, patch: &'static Patch, replace: bool, fails: u32) -> Result<Verdict> {
        let parameters = CString::new(format!("replace={} fail={fails}", u8::from(replace)))?;
        insert(&self.copies.file(patch)?, &parameters)
    }

    fn look(&self) -> Result<Observation> {
        Ok(Observation {
            answers: answers()?,
            values: numbers(&read(SYSTEM, "values")?)?,
            allocations: read(SYSTEM, "allocations")?.trim().parse()?,
            patches: sysfs::patches(&self.copies)?,
            modules: self.copies.loaded()?,
            events: self.events()?,
            woken: self.woken.clone(),
            states: None,
        })
    }

    /// Transitions end, and modules are given back, when they do; all else has happened then.
    fn has_settled(&self, expected: &Observation) -> Result<bool> {
        Ok(sysfs::patches(&self.copies)? == expected.patches
            && self.copies.loaded()? == expected.modules)
    }

    fn events(&self) -> Result<Vec<String>> {
        let events = read(SYSTEM, "events")?;
        Ok(events
            .lines()
            .map(|event| self.copies.translated(event))
            .collect())
    }

    /// What a patch sees of the states, the loading of which fails before it does anything.
    fn tracked(&self) -> Result<Option<Vec<Tracked>>> {
        fs::write(Path::new(SYSTEM).join("events"), "\n")?;
        match self.insert(PROBE, c"")? {
            Err(Errno::BUSY) => Ok(None),
            Err(Errno::CANCELED) => self
                .events()?
                .iter()
                .map(|event| tracked(event))
                .collect::<Result<_>>()
                .map(Some),
            verdict => anyhow::bail!("{PROBE}: {verdict:?}"),
        }
    }

    fn until(
        &self,
        patience: usize,
        mut condition: impl FnMut(&Self) -> Result<bool>,
    ) -> Result<bool> {
        for _ in 0..patience {
            if condition(self)? {
                return Ok(true);
            }
            pause();
        }
        Ok(false)
    }
}

impl Kernel for Guest {
    fn perform(&mut self, step: &Step) -> Result<Verdict> {
        fs::write(Path::new(SYSTEM).join("events"), "\n")?;
        self.woken.clear();
        match *step {
            Step::Load {
                patch,
                replace,
                fails,
            } => self.load(patch, replace, fails),
            Step::Disable(patch) => Ok(sysfs::write(&self.copies.module(patch), "enabled", "0")),
            Step::Enable(patch) => Ok(sysfs::write(&self.copies.module(patch), "enabled", "1")),
            Step::Force(patch) => Ok(sysfs::write(&self.copies.module(patch), "force", "1")),
            Step::Remove(patch) => remove(&self.copies.module(patch)),
            Step::TargetComes => self.insert("klp_test_target", c""),
            Step::TargetFails => self.insert("klp_test_target", c"fail=1"),
            Step::TargetGoes => remove("klp_test_target"),
            Step::Hold => self.sleepers.fall_asleep().map(Ok),
            Step::Release => {
                self.woken = self.sleepers.wake()?;
                Ok(Ok(()))
            }
        }
    }

    fn observe(&mut self, expected: &Observation) -> Result<Observation> {
        if !self.until(self.patience, |guest| guest.has_settled(expected))? {
            self.patience = LESS_PATIENCE;
        }
        let mut seen = self.look()?;
        seen.states = self.tracked()?;
        Ok(seen)
    }

    fn clean(&mut self) -> Result<()> {
        self.sleepers.wake()?;
        let _ = remove("klp_test_target")?;
        for listed in sysfs::patches(&self.copies)?.iter().rev() {
            let patch =
                catalogue::find(&listed.name).context("a patch that is not of the catalogue")?;
            let module = self.copies.module(patch);
            let settled = || Ok(sysfs::transition_is_over());
            self.until(PATIENCE, |_| settled())?;
            let _ = sysfs::write(&module, "enabled", "0");
            self.until(PATIENCE, |_| settled())?;
        }
        for patch in &PATCHES {
            let module = self.copies.module(patch);
            let is_gone = self.until(PATIENCE_FOR_REFERENCES, |_| {
                Ok(remove(&module)? != Err(Errno::AGAIN))
            })?;
            if !is_gone {
                self.copies.give_up(patch);
            }
        }
        fs::write(Path::new(SYSTEM).join("reset"), "1")?;
        self.woken.clear();
        let differences = crate::model::Model::default()
            .observation()
            .differences(&Observation {
                states: self.tracked()?,
                events: Vec::new(),
                ..self.look()?
            });
        ensure!(
            differences.is_empty(),
            "it is not as in the beginning:\n{}",
            differences.join("\n")
        );
        Ok(())
    }
}

fn insert(file: &Path, parameters: &CStr) -> Result<Verdict> {
    let image = File::open(file).with_context(|| file.display().to_string())?;
    Ok(system::finit_module(image, parameters, 0))
}

fn remove(module: &str) -> Result<Verdict> {
    const O_NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits() as i32;
    Ok(system::delete_module(&CString::new(module)?, O_NONBLOCK))
}

fn read(dir: &str, file: &str) -> Result<String> {
    let path = Path::new(dir).join(file);
    fs::read_to_string(&path).with_context(|| path.display().to_string())
}

fn numbers<T: std::str::FromStr>(text: &str) -> Result<Vec<T>>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    Ok(text
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()?)
}

fn answers() -> Result<Vec<(&'static str, u32)>> {
    let mut answers = Vec::new();
    for function in Function::ASKED {
        let number = match function {
            Function::Touch | Function::Start => hundreds(&read(SYSTEM, function.name())?)?,
            Function::Add if !Path::new(TARGET).exists() => continue,
            Function::Add => hundreds(&read(TARGET, function.name())?)?,
            Function::Version | Function::Cmdline => told(&read("/proc", function.name())?)?,
            Function::Hold => continue,
        };
        answers.push(answer(function, number));
    }
    Ok(answers)
}

/// Replacements add a hundred times their number to what the original would say.
fn hundreds(text: &str) -> Result<u32> {
    let first = text.split_whitespace().next().context("no answer")?;
    Ok(first.parse::<u32>()? / 100)
}

/// Replacements say their number in a line of its own.
fn told(text: &str) -> Result<u32> {
    match text.lines().find_map(|line| line.strip_prefix("model ")) {
        Some(number) => Ok(number.parse()?),
        None => Ok(0),
    }
}

/// What the probe has written: "klp_model_probe: ID VERSION SAVED".
fn tracked(event: &str) -> Result<Tracked> {
    let (_, told) = event.split_once(": ").context("not the probe's")?;
    match numbers::<i32>(told)?[..] {
        [id, version, saved] => Ok(Tracked {
            id: id.try_into()?,
            version: version.try_into()?,
            saved,
        }),
        _ => anyhow::bail!("{event}: three numbers are expected"),
    }
}

fn pause() {
    thread::sleep(Duration::from_millis(20));
}

fn verdict_of(result: io::Result<()>) -> Verdict {
    result.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
}
