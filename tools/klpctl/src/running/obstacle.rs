// SPDX-License-Identifier: GPL-2.0

//! Why something was not done, in words and for programs.

use super::tasks::Task;
use crate::exit::Exit;
use serde::Serialize;

/// The reason, as programs look for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// This user may not do it.
    NotRoot,
    /// The kernel has no livepatches.
    NoLivepatch,
    /// The kernel loads no modules any more.
    ModulesDisabled,
    /// Lockdown keeps the module out.
    Lockdown,
    /// The integrity subsystem wants a signed file.
    Ima,
    /// The signature is missing, or by no key of the kernel's.
    Signature,
    /// The module is for another kernel.
    WrongKernel,
    /// A check failed.
    Verification,
    /// Something that has to be known is not.
    NotKnown,
    /// It does not go with what is in force.
    Incompatible,
    /// It refers to what the kernel does not have.
    Symbol,
    /// A module that it patches is of another build than it was made for.
    OtherTarget,
    /// Something else redirects one of the functions.
    Held,
    /// Another transition is pending.
    Pending,
    /// Tasks hold its transition, beyond the time that was given.
    Stalled,
    /// No such transition is pending.
    NotPending,
    /// The kernel would not find the way back.
    NoWayBack,
    /// Another build of that name is in force.
    OtherBuild,
    /// A patch that is being disabled has the name.
    BeingDisabled,
    /// A module of that name is loaded, without a patch.
    ModuleLoaded,
    /// Nothing of that name is loaded.
    NotLoaded,
    /// Another patch lives on its state.
    StateInUse,
    /// The module is in use.
    ModuleInUse,
    /// It is no cumulative patch.
    NotCumulative,
    /// Nothing of that name is installed.
    NotInstalled,
    /// A boot ended uncleanly after it was loaded.
    HeldBack,
    /// Nobody said yes.
    NotConfirmed,
    /// Others could write to a directory of klpctl's.
    UnsafeDirectory,
    /// No module has such a name.
    BadName,
    /// The module has no such parameter, or none of such a value.
    BadParameter,
    /// The kernel refused it, for another reason.
    Refused,
    /// It failed.
    Failed,
}

/// Why something was not done.
#[derive(Debug, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Obstacle {
    /// The reason.
    pub reason: Reason,
    /// What happened, and why.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// What the kernel said meanwhile.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kernel: Vec<String>,
    /// The tasks that hold the transition.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocking: Vec<Task>,
    /// How it was left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<Left>,
}

/// How a patch was left whose transition stalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Left {
    /// As it was before.
    Reverted,
    /// In transition.
    Pending,
}

impl Obstacle {
    /// One that the caller cannot get out of the way by another word.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            help: None,
            kernel: Vec::new(),
            blocking: Vec::new(),
            left: None,
        }
    }

    /// With what to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// How the program ends.
    pub fn exit(&self) -> Exit {
        use Reason as R;
        match self.reason {
            R::Pending | R::Stalled | R::BeingDisabled => Exit::Transition,
            R::NotRoot | R::ModulesDisabled | R::Lockdown | R::Ima => Exit::NotPermitted,
            R::Signature
            | R::WrongKernel
            | R::Verification
            | R::NotKnown
            | R::Incompatible
            | R::Symbol
            | R::OtherTarget
            | R::Held
            | R::NoWayBack
            | R::OtherBuild
            | R::ModuleLoaded
            | R::StateInUse
            | R::NotCumulative
            | R::Refused => Exit::Refused,
            R::BadParameter => Exit::Usage,
            R::NoLivepatch
            | R::NotPending
            | R::NotLoaded
            | R::NotInstalled
            | R::HeldBack
            | R::ModuleInUse
            | R::NotConfirmed
            | R::UnsafeDirectory
            | R::BadName
            | R::Failed => Exit::Failed,
        }
    }

    /// It, as other errors come: what the kernel said and what to do have lines of their own.
    pub fn details(&self) -> Vec<String> {
        let kernel = self.kernel.iter().map(|line| format!("kernel: {line}"));
        let tasks = self.blocking.iter().map(|task| format!("task: {task}"));
        let help = self.help.iter().map(|help| format!("help: {help}"));
        kernel.chain(tasks).chain(help).collect()
    }
}
