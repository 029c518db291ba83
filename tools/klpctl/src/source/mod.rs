// SPDX-License-Identifier: GPL-2.0

//! C source as far as it takes to copy a function out of it with what it needs: where the items of a file begin and
//! end, what they are called, and what they mention. The preprocessor is not run.

mod closure;
mod items;
mod mask;

pub use closure::{Copied, Decide, Decision};
pub use items::{File, Item, Kind};
pub use mask::{masked, rename, words};
