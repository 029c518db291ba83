// SPDX-License-Identifier: GPL-2.0

//! What can be seen of a kernel.

use crate::catalogue::Function;
use rustix::io::Errno;

/// What the kernel says to a step.
pub type Verdict = Result<(), Errno>;

/// The name of a verdict.
pub fn name(verdict: Verdict) -> String {
    let Err(errno) = verdict else {
        return "ok".to_owned();
    };
    let names = [
        (Errno::AGAIN, "EAGAIN"),
        (Errno::BUSY, "EBUSY"),
        (Errno::EXIST, "EEXIST"),
        (Errno::INVAL, "EINVAL"),
        (Errno::NODEV, "ENODEV"),
        (Errno::NOENT, "ENOENT"),
        (Errno::NOMEM, "ENOMEM"),
    ];
    match names.iter().find(|(known, _)| *known == errno) {
        Some((_, name)) => (*name).to_owned(),
        None => format!("errno {}", errno.raw_os_error()),
    }
}

/// A patch in sysfs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// `enabled`
    pub enabled: bool,
    /// `transition`
    pub transition: bool,
    /// `replace`
    pub replace: bool,
}

/// A state of the latest patch in force that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracked {
    /// The state.
    pub id: usize,
    /// Its version.
    pub version: u32,
    /// What its data remember: the value that it is to be set back to.
    pub saved: i32,
}

/// All that is compared after a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// Which patch answers, by its number; 0 is the original.
    pub answers: Vec<(&'static str, u32)>,
    /// The values that states modify.
    pub values: Vec<i32>,
    /// How many data of states are in memory.
    pub allocations: usize,
    /// The patches in sysfs, in the order of their stack.
    pub patches: Vec<Listed>,
    /// The modules of patches that are loaded, and how many references the kernel has to each.
    pub modules: Vec<(String, u32)>,
    /// What hooks and callbacks were called in this step.
    pub events: Vec<String>,
    /// What the tasks that woke up had slept in.
    pub woken: Vec<u32>,
    /// The states in force, or nothing during a transition.
    pub states: Option<Vec<Tracked>>,
}

impl Observation {
    /// Lines for what is not the same.
    pub fn differences(&self, got: &Self) -> Vec<String> {
        let expected = self.lines();
        let got = got.lines();
        expected
            .iter()
            .zip(&got)
            .filter(|(expected, got)| expected != got)
            .map(|((what, expected), (_, got))| {
                format!(
                    "{what}: expected {expected}\n{:>1$}got {got}",
                    "",
                    what.len() + 2
                )
            })
            .collect()
    }

    fn lines(&self) -> [(&'static str, String); 8] {
        [
            ("answers", format!("{:?}", self.answers)),
            ("values", format!("{:?}", self.values)),
            ("allocations", self.allocations.to_string()),
            ("patches", format!("{:?}", self.patches)),
            ("modules", format!("{:?}", self.modules)),
            ("events", format!("{:?}", self.events)),
            ("woken", format!("{:?}", self.woken)),
            ("states", format!("{:?}", self.states)),
        ]
    }
}

/// An answer by its function.
pub fn answer(function: Function, number: u32) -> (&'static str, u32) {
    (function.name(), number)
}
