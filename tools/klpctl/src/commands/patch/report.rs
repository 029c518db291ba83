// SPDX-License-Identifier: GPL-2.0

//! What came of a fix, for who reads it and as JSON.

use crate::{
    exit::Exit,
    fix::{Made, Part, Refusal},
    progress::Taken,
    report,
    show::clean,
};
use anyhow::{Error, Result};
use serde::Serialize;

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
}

#[derive(Serialize)]
struct Replaced {
    function: String,
    position: u64,
    prototype: String,
}

/// The livepatch's objects.
pub fn objects(made: &Made) -> Vec<Object> {
    made.parts.iter().map(Object::of).collect()
}

impl Report {
    /// A refusal is an answer; anything else went wrong.
    pub fn refuse(&mut self, error: Error) -> Result<Exit> {
        let exit = Exit::of(&error);
        let refusal: Refusal = error.downcast()?;
        let says = refusal.to_string();
        self.refused = Some(Refused { refusal, says });
        Ok(exit)
    }

    /// What is replaced, what is new, and what the author must think of.
    pub fn text(&self) -> String {
        clean(&self.objects.iter().map(Object::text).collect::<String>())
    }
}

impl Object {
    fn of(part: &Part) -> Self {
        let extracted = &part.difference.extracted;
        let replaced = extracted.replaced.iter().zip(&part.prototypes);
        let replaced = replaced.map(|(replaced, prototype)| Replaced {
            function: replaced.function.clone(),
            position: replaced.position,
            prototype: prototype.clone(),
        });
        Self {
            object: part.object.clone(),
            units: part.units.clone(),
            replaced: replaced.collect(),
            new: extracted.added.clone(),
            quiet: part.difference.quiet.clone(),
            pointed_at: extracted.pointed_at.clone(),
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
        for name in &self.pointed_at {
            text += &format!(
                "  warning   the address of {name} is taken: what keeps it may call it after the livepatch is gone; do not remove the module\n"
            );
        }
        text
    }
}
