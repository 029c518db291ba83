// SPDX-License-Identifier: GPL-2.0

//! Linux livepatches in Rust.
//!
//! A livepatch is a module that replaces functions of the running kernel and of its modules. This
//! crate is what such a module is written with: [`livepatch!`] takes the functions' names,
//! prototypes and replacements, checks them at compile time, and makes the tables, the trampolines
//! and the module around them.
//!
//! What a livepatch changes beside code is a [`State`]: the crate keeps its data, hands them from
//! patch to patch, and undoes the change when the last patch with the state is disabled.
//! [`Callbacks`] say when an object is patched and unpatched, and [`Shadow`] variables add fields to
//! objects that exist already.
//!
//! A replacement may call what it replaces: the [`Original`].
//!
//! [`symbols!`] declares what a livepatch uses of the kernel and its modules although they do not
//! export it.
//!
//! The crate supports x86-64. It does not support replacements with more than six integer arguments.
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
pub mod about;
#[doc(hidden)]
pub mod callbacks;
#[doc(hidden)]
pub mod check;
mod data;
#[doc(hidden)]
pub mod describe;
mod forced;
#[doc(hidden)]
pub mod header;
mod headers;
mod lifecycle;
#[doc(hidden)]
pub mod list;
mod livepatch;
mod log;
#[doc(hidden)]
pub mod original;
#[doc(hidden)]
pub mod parameter;
mod patch;
#[doc(hidden)]
pub mod prototype;
#[doc(hidden)]
pub mod registers;
#[doc(hidden)]
pub mod rt;
mod shadow;
mod spin;
mod state;
mod symbols;
mod sys;
#[doc(hidden)]
pub mod text;
mod transition;
#[doc(hidden)]
pub mod variable;

pub use callbacks::Callbacks;
pub use data::{Data, Persist};
pub use forced::Unpatched;
#[doc(hidden)]
pub use lifecycle::{LifeCycle, LifeCycles};
pub use original::Original;
pub use parameter::{ArrayParameter, Parameter};
pub use patch::{CallbackTable, Entry, Func, Object, Patch};
pub use registers::InRegisters;
pub use shadow::Shadow;
pub use spin::{spin_lock_irqsave, SpinIrqGuard};
pub use state::{get_state, prev_state, Prev, State};
pub use transition::{ModuleState, ObjectView, Transition};
pub use variable::{ModuleVariable, Variable};
