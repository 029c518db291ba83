// SPDX-License-Identifier: GPL-2.0

//! Linux livepatches in Rust.
//!
//! A livepatch is a module that replaces functions of the running kernel and of its modules. This
//! crate is what such a module is written with: [`livepatch!`] takes the functions' names,
//! prototypes and replacements, checks them at compile time, and makes the tables, the trampolines
//! and the module around them.
//!
//! The crate supports x86-64. It does not yet support callbacks, system states or shadow variables,
//! nor replacements with more than six integer arguments.
//!
//! # Examples
//!
//! ```ignore
//! use kernel::{ffi::{c_int, c_void}, seq_file::SeqFile, seq_print};
//!
//! klp::livepatch! {
//!     name: "livepatch_sample",
//!     license: "GPL",
//!     objects: [
//!         vmlinux => [
//!             // SAFETY: The prototype is the original's; a `SeqFile` is a `struct seq_file`, and seq_read() calls with
//!             // one that is valid and locked.
//!             unsafe cmdline_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => livepatch_cmdline_proc_show,
//!         ],
//!     ],
//! }
//!
//! fn livepatch_cmdline_proc_show(m: &SeqFile, _v: *mut c_void) -> c_int {
//!     seq_print!(m, "this has been live patched\n");
//!     0
//! }
//! ```
//!
//! C header: [`include/linux/livepatch.h`](srctree/include/linux/livepatch.h)

#[doc(hidden)]
pub mod check;
mod describe;
mod func;
mod livepatch;
mod object;
mod patch;
#[doc(hidden)]
pub mod prototype;
#[doc(hidden)]
pub mod registers;
#[doc(hidden)]
pub mod rt;
mod sys;

#[doc(hidden)]
pub use describe::{Modinfo, Note};
pub use func::Func;
pub use object::Object;
pub use patch::Patch;
pub use registers::InRegisters;
