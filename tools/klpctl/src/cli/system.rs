// SPDX-License-Identifier: GPL-2.0

//! The commands for the running system.

use super::Output;
use crate::running::transition::{OnStall, Patience};
use clap::{Args, Subcommand};
use std::{path::PathBuf, time::Duration};

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
    /// A file is verified against the running kernel and what is in force; what is installed was verified then. If this build is in force, there is nothing to do. A
    /// transition that tasks hold is reversed after --timeout, and the tasks are named.
    Load {
        /// The module's file, or the name of a patch that is installed
        #[arg(value_name = "KO|NAME", required_unless_present = "all")]
        what: Option<String>,
        /// Parameters of the module, which are given to the kernel with its file
        #[arg(value_name = "PARAMETER=VALUE")]
        parameters: Vec<String>,
        /// All that are installed for this kernel, in their order, as it is done at boot
        #[arg(long, conflicts_with = "what")]
        all: bool,
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
    ///
    /// A transition that tasks hold is reversed after --timeout, and the tasks are named. It stays pending where a newer patch replaces a function that this one
    /// was the first to replace: the kernel would not find the way back.
    Unload {
        /// The patches
        #[arg(required_unless_present = "all", value_name = "NAME")]
        names: Vec<String>,
        /// All that are in force, the last first, and modules that others have left
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
    ///
    /// Refused where the kernel would not find the way back, see unload.
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
        /// Parameters of the module
        #[arg(value_name = "PARAMETER=VALUE")]
        parameters: Vec<String>,
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
    /// Install a livepatch: it is loaded at boot from then on, with the kernel that it is for
    ///
    /// It is verified against that kernel and what is installed for it.
    Install {
        /// The module's file
        #[arg(value_name = "KO")]
        file: String,
        /// The release of the kernel that it has to be for
        #[arg(short = 'k', long = "kernel", value_name = "RELEASE")]
        release: Option<String>,
        /// What has to be known.
        #[command(flatten)]
        knowledge: Knowledge,
        /// How it is signed.
        #[command(flatten)]
        sign: SignChoice,
        /// How it is shown.
        #[command(flatten)]
        output: Output,
    },
    /// Forget livepatches that are installed; what is in force stays so
    Uninstall {
        /// The patches
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        /// The release of the kernel that they are for (default: the one that runs)
        #[arg(short = 'k', long = "kernel", value_name = "RELEASE")]
        release: Option<String>,
        /// How it is shown.
        #[command(flatten)]
        output: Output,
    },
    /// Go back to what was installed before the newest livepatch
    ///
    /// That one is unloaded and uninstalled, and what it replaced is loaded again.
    Downgrade {
        /// Say what would happen
        #[arg(short = 'n', long)]
        dry_run: bool,
        /// How long to wait.
        #[command(flatten)]
        waiting: Waiting,
        /// How it is shown.
        #[command(flatten)]
        output: Output,
    },
    /// Sign a livepatch, with the kernel's sign-file
    Sign {
        /// The module's file, which is replaced
        #[arg(value_name = "KO")]
        file: String,
        /// How it is signed.
        #[command(flatten)]
        sign: SignChoice,
        /// How it is shown.
        #[command(flatten)]
        output: Output,
    },
    /// Print metrics in the format of node_exporter's textfile collector
    Metrics {
        /// Write them to a file, in one step
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Note that this boot has gone well; the units klpctl.service and klpctl-settled.timer do that
    #[command(hide = true)]
    Settle,
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

/// How a module is signed.
#[derive(Debug, Default, Args)]
pub struct SignChoice {
    /// Sign it with this private key, as sign-file takes it: a file, or a PKCS#11 URI
    #[arg(long, value_name = "KEY", requires = "cert")]
    pub key: Option<String>,
    /// The key's certificate
    #[arg(long, value_name = "CERT", requires = "key")]
    pub cert: Option<String>,
    /// The signature's hash
    #[arg(long, value_name = "HASH", default_value = "sha512")]
    pub hash: String,
    /// The program that signs (default: scripts/sign-file of the kernel's headers)
    #[arg(long, value_name = "PROGRAM")]
    pub sign_file: Option<PathBuf>,
}

impl SignChoice {
    /// Whether it is to be signed.
    pub fn is_given(&self) -> bool {
        self.key.is_some()
    }
}

/// What has to be known of a patch before it is loaded.
#[derive(Clone, Copy, Debug, Args)]
pub struct Knowledge {
    /// Load it too if something that verify checks is not known
    #[arg(long)]
    pub accept_unknown: bool,
}
