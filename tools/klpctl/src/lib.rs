// SPDX-License-Identifier: GPL-2.0

//! What `klpctl` is made of: reading livepatches and kernels, judging them, showing what was found.

pub mod bytes;
pub mod callees;
pub mod callers;
pub mod checkout;
pub mod cli;
pub mod commands;
pub mod date;
pub mod elf;
pub mod exit;
pub mod fingerprint;
pub mod fix;
pub mod hint;
pub mod interrupt;
pub mod kernel;
pub mod link;
pub mod matrix;
pub mod near;
pub mod patch;
pub mod progress;
pub mod proof;
pub mod relies;
pub mod report;
pub mod rules;
pub mod running;
pub mod show;
pub mod source;
pub mod sources;
pub mod store;
pub mod tree;
pub mod types;
pub mod verify;
