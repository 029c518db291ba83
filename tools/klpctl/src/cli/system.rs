// SPDX-License-Identifier: GPL-2.0

//! The commands for the running system.

use super::Output;
use crate::running::transition::{OnStall, Patience};
use clap::{Args, Subcommand};
use std::time::Duration;

/// A command that shows or changes what is in force, with its arguments.
#[derive(Debug, Subcommand)]
pub enum SystemCommand {
    /// Show whether the running system is as it should be, and its livepatches
    Status {
        /// Show it again each second
        #[arg(long)]
        watch: bool,
        /// How it is shown.
        #[command(flatten)]
        output: Output,
    },
    /// List the livepatches that are in force, in their order
    List {
        /// How it is shown.
        #[command(flatten)]
        output: Output,
    },
    /// Load a livepatch: verify it, load what was verified, and wait until all tasks run it
    ///
    /// It is verified against the running kernel and what is in force. If this build is in force, there is nothing to do. A
    /// transition that tasks hold is reversed after --timeout, and the tasks are named.
    Load {
        /// The module's file
        #[arg(value_name = "KO")]
        file: String,
        /// How long to wait.
        #[command(flatten)]
        waiting: Waiting,
        /// What has to be known.
        #[command(flatten)]
        knowledge: Knowledge,
        /// How it is shown.
        #[command(flatten)]
        output: Output,
    },
    /// Disable livepatches, and remove their modules
    Unload {
        /// The patches
        #[arg(required_unless_present = "all", value_name = "NAME")]
        names: Vec<String>,
        /// All that are in force, the last first
        #[arg(long, conflicts_with = "names")]
        all: bool,
        /// How long to wait.
        #[command(flatten)]
        waiting: Waiting,
        /// How it is shown.
        #[command(flatten)]
        output: Output,
    },
    /// Turn a transition that has not ended around
    Reverse {
        /// Its patch
        name: String,
        /// How many seconds it may take then
        #[arg(long, value_name = "SECONDS", default_value_t = 60)]
        timeout: u64,
        /// How it is shown.
        #[command(flatten)]
        output: Output,
    },
    /// Load a cumulative livepatch, and remove the modules that it replaced
    Upgrade {
        /// The module's file
        #[arg(value_name = "KO")]
        file: String,
        /// Verify it, and say what would happen
        #[arg(short = 'n', long)]
        dry_run: bool,
        /// How long to wait.
        #[command(flatten)]
        waiting: Waiting,
        /// What has to be known.
        #[command(flatten)]
        knowledge: Knowledge,
        /// How it is shown.
        #[command(flatten)]
        output: Output,
    },
    /// Show which tasks hold the transition
    ///
    /// The exit status is 3 if one is pending.
    Blocking {
        /// With their stacks
        #[arg(short, long)]
        verbose: bool,
        /// How it is shown.
        #[command(flatten)]
        output: Output,
    },
    /// Wait until no transition is pending, or that of a patch has ended
    Wait {
        /// The patch
        name: Option<String>,
        /// How many seconds at most (default: for ever); the exit status is 3 then
        #[arg(long, value_name = "SECONDS")]
        timeout: Option<u64>,
        /// How it is shown.
        #[command(flatten)]
        output: Output,
    },
    /// Say whether a transition is pending: the exit status is 3 then, else 0
    Check {
        /// How it is shown.
        #[command(flatten)]
        output: Output,
    },
    /// End a transition without the tasks that hold it, after they were shown and you have said yes
    Force {
        /// Its patch
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// How it is shown.
        #[command(flatten)]
        output: Output,
    },
}

/// How long to wait for a transition.
#[derive(Clone, Copy, Debug, Args)]
pub struct Waiting {
    /// How many seconds the transition may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub timeout: u64,
    /// What becomes of one that takes longer
    #[arg(long, value_name = "WHAT", default_value = "revert")]
    pub on_stall: OnStall,
}

impl Waiting {
    /// It.
    pub fn patience(self) -> Patience {
        Patience {
            timeout: Duration::from_secs(self.timeout),
            on_stall: self.on_stall,
        }
    }
}

/// What has to be known of a patch before it is loaded.
#[derive(Clone, Copy, Debug, Args)]
pub struct Knowledge {
    /// Load it too if something that verify checks is not known
    #[arg(long)]
    pub accept_unknown: bool,
}
