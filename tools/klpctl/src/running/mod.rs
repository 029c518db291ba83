// SPDX-License-Identifier: GPL-2.0

//! The running system: what is in force, what is in transition, and how that is changed.

pub mod fixed;
