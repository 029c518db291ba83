// SPDX-License-Identifier: GPL-2.0

//! The running system: what is in force, what is in transition, and how that is changed.
//!
//! What is read here may vanish at any moment, which is no error. What is changed is changed with [`rundir::Lock`] held, so
//! that two klpctl wait for each other; if one dies, the kernel has the old state, the new one, or a transition that the
//! next one takes up.

pub mod explain;
#[cfg(test)]
mod fake;
pub mod fixed;
pub mod kmsg;
pub mod load;
pub mod obstacle;
pub mod parameters;
pub mod picture;
pub mod remove;
pub mod rundir;
pub mod system;
pub mod tasks;
#[cfg(test)]
mod tests;
pub mod transition;
pub mod way_back;

pub use obstacle::{Obstacle, Reason};
pub use rundir::Lock;
pub use system::System;
