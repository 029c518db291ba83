// SPDX-License-Identifier: GPL-2.0

//! What came of a fix, for who reads it and as JSON.

use crate::{
    exit::Exit,
    fix::{Made, Part, Refusal, Tail},
    progress::Taken,
    report,
    show::clean,
    types::Inlined,
};
use anyhow::{Error, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// What came of a fix.
#[derive(Default, Serialize)]
pub struct Report {
    /// The kernel's release.
    pub release: String,
    /// The livepatch's name.
    pub name: String,
    refused: Option<Refused>,
    /// What is in the livepatch.
    pub objects: Vec<Object>,
    /// Functions that the fix changes, but whose code is the same in this kernel.
    pub unchanged: Vec<String>,
    /// Whether it was compiled so that no function ends in a jump.
    pub calls_instead_of_jumps: bool,
    /// Whether its module stays when the livepatch is gone.
    pub kept: bool,
    /// What was found of the module that was built.
    pub verification: Option<report::Report>,
    /// How long it took.
    pub steps: Vec<Taken>,
}

#[derive(Serialize)]
struct Refused {
    #[serde(flatten)]
    refusal: Refusal,
    says: String,
}

/// What is in a livepatch for one object.
#[derive(Serialize)]
pub struct Object {
    object: String,
    units: Vec<String>,
    replaced: Vec<Replaced>,
    new: Vec<String>,
    quiet: Vec<String>,
    pointed_at: Vec<String>,
    inlined: Inlined,
    by_callers: BTreeMap<String, String>,
    at_boot: Vec<String>,
    threads: Vec<String>,
    tables: Vec<String>,
    warnings: Vec<Warning>,
}

/// What the author must think of.
#[derive(Serialize)]
struct Warning {
    about: String,
    says: String,
}

#[derive(Serialize)]
struct Replaced {
    function: String,
    position: u64,
    prototype: String,
}

impl Report {
    /// Notes what was made.
    pub fn add(&mut self, made: &Made) {
        self.objects = made.parts.iter().map(Object::of).collect();
        self.unchanged.clone_from(&made.unchanged);
        self.calls_instead_of_jumps = made.tail == Tail::Call;
        self.kept = made.is_pointed_at();
    }

    /// A refusal is an answer; anything else went wrong.
    pub fn refuse(&mut self, error: Error) -> Result<Exit> {
        let exit = Exit::of(&error);
        let refusal: Refusal = error.downcast()?;
        let says = refusal.to_string();
        if let Refusal::OldKernel(release) = &refusal {
            self.release.clone_from(release);
        }
        self.refused = Some(Refused { refusal, says });
        Ok(exit)
    }

    /// What the author must think of.
    pub fn warnings(&self) -> String {
        let mut lines = String::new();
        for warning in self.objects.iter().flat_map(|object| &object.warnings) {
            lines += &format!("warning: {}\n", warning.says);
        }
        clean(&lines)
    }

    /// What is replaced, what is new, and what the author must think of.
    pub fn text(&self) -> String {
        let mut text: String = self.objects.iter().map(Object::text).collect();
        for name in &self.unchanged {
            text += &format!("'{name}' is changed by the fix, but not its code in this kernel\n");
        }
        if self.calls_instead_of_jumps {
            text += "a function would have ended in a jump to a new one, where the kernel does not see a task: all were compiled to call instead\n";
        }
        if self.kept {
            text += "the module stays when the livepatch is disabled; 'keep: false' in tables.rs says that it need not\n";
        }
        clean(&text)
    }
}

impl Object {
    fn of(part: &Part) -> Self {
        let extracted = &part.difference.extracted;
        let replaced = extracted.replaced.iter().zip(&part.prototypes);
        let replaced = replaced.map(|(replaced, prototype)| Replaced {
            function: replaced.function.clone(),
            position: replaced.position,
            prototype: prototype.text.clone(),
        });
        Self {
            object: part.object.clone(),
            units: part.units.clone(),
            replaced: replaced.collect(),
            new: extracted.added.clone(),
            quiet: part.difference.quiet.clone(),
            pointed_at: extracted.pointed_at.clone(),
            inlined: part.inlined.clone(),
            by_callers: part.by_callers.clone(),
            at_boot: part.at_boot.clone(),
            threads: part.threads.clone(),
            tables: extracted.tables.clone(),
            warnings: warnings(part),
        }
    }

    fn text(&self) -> String {
        let mut text = format!("{}, of {}\n", self.object, self.units.join(", "));
        for replaced in &self.replaced {
            let position = match replaced.position {
                0 => String::new(),
                position => format!(",{position}"),
            };
            text += &format!("  replaced  {}{position}\n", replaced.function);
        }
        for name in &self.new {
            text += &format!("  new       {name}\n");
        }
        for what in &self.quiet {
            text += &format!("  quiet     {what}\n");
        }
        for (name, into) in &self.inlined {
            let into: Vec<_> = into.iter().map(String::as_str).collect();
            text += &format!("  inlined   {name}, into {}\n", into.join(", "));
        }
        for (name, why) in &self.by_callers {
            let why = why.split(';').next().unwrap_or_default();
            text += &format!("  instead   of {name} ({why}), what calls it is replaced\n");
        }
        for warning in &self.warnings {
            text += &format!("  warning   {}\n", warning.says);
        }
        text
    }
}

fn warnings(part: &Part) -> Vec<Warning> {
    let extracted = &part.difference.extracted;
    let pointed_at = extracted.pointed_at.iter().map(|name| {
        (
            name,
            format!("the address of {name} is taken: the kernel does not see who runs it then"),
        )
    });
    let tables = extracted.tables.iter().map(|name| {
        (name, format!("{name} is new: what exists already goes on with what it had; a state's hooks can change that"))
    });
    let at_boot = part.at_boot.iter().map(|name| {
        (name, format!("only what runs at boot calls {name}: what it made then stays as it is; a state's hooks can change that"))
    });
    let threads = part.threads.iter().map(|name| {
        (name, format!("{name} is what a kernel thread runs: one that is there never leaves the original, and the transition does not end while it is; fix what {name} calls instead"))
    });
    let all = pointed_at.chain(tables).chain(at_boot).chain(threads);
    all.map(|(about, says)| Warning {
        about: about.clone(),
        says,
    })
    .collect()
}
