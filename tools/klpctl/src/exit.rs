// SPDX-License-Identifier: GPL-2.0

//! How the program ends: every exit code, and which error has which.

use crate::{fix::Refusal, running::Obstacle};
use std::{io::ErrorKind, process::ExitCode};

/// The exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// What was asked for was done, and the answer is yes.
    Ok = 0,
    /// It could not be done.
    Failed = 1,
    /// The command line is wrong; clap ends with this one too.
    Usage = 2,
    /// A transition is pending or stalled.
    Transition = 3,
    /// It was done, and the answer is no: a check failed, a patch would be refused.
    Refused = 4,
    /// This user may not do it.
    NotPermitted = 5,
    /// Interrupted by the user.
    Interrupted = 130,
}

/// The table of exit codes, as the help shows it.
pub const HELP: &str = "Exit status:
  0    done, and the answer is yes
  1    failed
  2    wrong usage
  3    a transition is pending or stalled
  4    verification failed, the kernel would refuse the patch, or patches differ
  5    not permitted
  130  interrupted";

impl Exit {
    /// The code for an error: what it was caused by decides.
    pub fn of(error: &anyhow::Error) -> Self {
        if error.is::<Refusal>() {
            return Self::Refused;
        }
        if let Some(obstacle) = error.downcast_ref::<Obstacle>() {
            return obstacle.exit();
        }
        match error
            .chain()
            .find_map(|cause| cause.downcast_ref::<std::io::Error>())
        {
            Some(io) if io.kind() == ErrorKind::PermissionDenied => Self::NotPermitted,
            Some(io) if io.kind() == ErrorKind::Interrupted => Self::Interrupted,
            _ => Self::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn the_cause_of_an_error_decides_on_the_code() {
        let denied = std::io::Error::from(ErrorKind::PermissionDenied);
        let error = Err::<(), _>(denied).context("reading").unwrap_err();
        assert_eq!(Exit::of(&error), Exit::NotPermitted);
        assert_eq!(Exit::of(&anyhow::anyhow!("broken")), Exit::Failed);
    }

    #[test]
    fn the_help_lists_every_code() {
        let all = [
            Exit::Ok,
            Exit::Failed,
            Exit::Usage,
            Exit::Transition,
            Exit::Refused,
            Exit::NotPermitted,
            Exit::Interrupted,
        ];
        for exit in all {
            let start = format!("  {:<5}", exit as u8);
            assert!(
                HELP.lines().any(|line| line.starts_with(&start)),
                "{exit:?}"
            );
        }
    }
}
