// SPDX-License-Identifier: GPL-2.0

//! What makes a livepatch of a C fix.

mod boot;
pub mod compare;
pub mod compile;
pub mod diff;
pub mod directory;
mod exports;
mod followed;
mod headers;
pub mod layout;
pub mod lines;
mod make;
pub mod object;
mod objtool;
mod part;
pub mod prototype;
mod refusal;
pub mod source;
pub mod symbols;
mod threads;

pub use compile::Tail;
pub use make::{make, Made, Request};
pub use part::Part;
pub use refusal::{code_files, unfit, Refusal};
