// SPDX-License-Identifier: GPL-2.0

//! What can happen.

use crate::catalogue::{self, Patch};
use anyhow::{anyhow, bail, Context, Error, Result};
use std::{
    fmt::{self, Display, Formatter},
    str::FromStr,
};

/// Which step of a patch fails: a state, by its id, or a callback.
pub type Fails = u32;

/// `pre_patch` of vmlinux fails.
pub const AT_VMLINUX: Fails = 10;
/// `pre_patch` of the target fails.
pub const AT_TARGET: Fails = 11;

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The module of a patch is loaded.
    Load {
        /// The patch.
        patch: &'static Patch,
        /// Whether it is cumulative.
        replace: bool,
        /// What fails, or 0.
        fails: Fails,
    },
    /// 0 is written to `enabled`.
    Disable(&'static Patch),
    /// 1 is written to `enabled`.
    Enable(&'static Patch),
    /// 1 is written to `force`.
    Force(&'static Patch),
    /// The module of a patch is removed.
    Remove(&'static Patch),
    /// The module of the target is loaded.
    TargetComes,
    /// It is, and its init fails.
    TargetFails,
    /// It is removed.
    TargetGoes,
    /// A task falls asleep in what `klp_test_hold()` is then.
    Hold,
    /// All wake up.
    Release,
}

impl Step {
    /// What it is called in a list of steps, without what it is done to.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Load { replace: true, .. } => "replace",
            Self::Load { .. } => "load",
            Self::Disable(_) => "disable",
            Self::Enable(_) => "enable",
            Self::Force(_) => "force",
            Self::Remove(_) => "remove",
            Self::TargetComes => "target-comes",
            Self::TargetFails => "target-fails",
            Self::TargetGoes => "target-goes",
            Self::Hold => "hold",
            Self::Release => "release",
        }
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        match self {
            Self::Load {
                patch, fails: 0, ..
            } => write!(f, " {}", patch.name),
            Self::Load { patch, fails, .. } => write!(f, " {} fail={fails}", patch.name),
            Self::Disable(patch)
            | Self::Enable(patch)
            | Self::Force(patch)
            | Self::Remove(patch) => {
                write!(f, " {}", patch.name)
            }
            _ => Ok(()),
        }
    }
}

impl FromStr for Step {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut words = text.split_whitespace();
        let kind = words.next().context("a step is missing")?;
        let mut patch = || {
            let name = words
                .next()
                .with_context(|| format!("'{text}': which patch?"))?;
            catalogue::find(name).ok_or_else(|| anyhow!("'{text}': there is no patch '{name}'"))
        };
        let step = match kind {
            "load" | "replace" => Self::Load {
                patch: patch()?,
                replace: kind == "replace",
                fails: match words.next() {
                    None => 0,
                    Some(word) => fails(word)?,
                },
            },
            "disable" => Self::Disable(patch()?),
            "enable" => Self::Enable(patch()?),
            "force" => Self::Force(patch()?),
            "remove" => Self::Remove(patch()?),
            "target-comes" => Self::TargetComes,
            "target-fails" => Self::TargetFails,
            "target-goes" => Self::TargetGoes,
            "hold" => Self::Hold,
            "release" => Self::Release,
            _ => bail!("'{text}': there is no such step"),
        };
        match words.next() {
            None => Ok(step),
            Some(word) => bail!("'{text}': what is '{word}'?"),
        }
    }
}

fn fails(word: &str) -> Result<Fails> {
    word.strip_prefix("fail=")
        .and_then(|number| number.parse().ok())
        .with_context(|| format!("'{word}': it is fail=NUMBER"))
}

/// Reads what [`write`] has written.
pub fn read(text: &str) -> Result<Vec<Step>> {
    text.split(',')
        .filter(|step| !step.trim().is_empty())
        .map(str::parse)
        .collect()
}

/// All steps in a line.
pub fn write(steps: &[Step]) -> String {
    let steps: Vec<_> = steps.iter().map(Step::to_string).collect();
    steps.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let text = "load r1, replace c2 fail=11, target-comes, hold, disable r1, enable r1, force r1, release, remove r1";
        assert_eq!(write(&read(text).unwrap()), text);
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for (text, why) in [
            ("load", "which patch"),
            ("load r99", "no patch 'r99'"),
            ("load r1 often", "fail=NUMBER"),
            ("hold on", "what is 'on'"),
            ("dance", "no such step"),
        ] {
            assert!(read(text).unwrap_err().to_string().contains(why), "{text}");
        }
    }
}
