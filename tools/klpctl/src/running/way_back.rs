// SPDX-License-Identifier: GPL-2.0

//! The way back to a patch that is being disabled. It is closed where a newer patch replaces one of its functions, too.
//!
//! On the way back, a task may switch when it is not in the function that was in force before the patch. Of the oldest patch on a
//! function that is the original; but where a newer one has the function, the kernel (7.3) takes the head of its list for an
//! older function, and reads from what is next to it in memory where tasks may not be. It was seen that every task seemed to be
//! there, so that the transition did not end. Disabling the patch again does.
//!
//! C source: `kernel/livepatch/transition.c` (`klp_check_stack_func()`)

use super::system::System;
use crate::patch::Patch;

/// What closes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    function: String,
    newer: String,
}

impl Closed {
    /// Why, as a part of a sentence.
    pub fn why(&self) -> String {
        format!(
            "'{}' replaces {}, too, and the kernel reads from the wrong memory then where tasks may not be",
            self.newer, self.function
        )
    }
}

/// Whether the way back to a patch is closed. Where the kernel does not show the patches' order, each that has a function of it
/// may be newer.
pub fn closed(system: &System, patches: &[Patch], name: &str) -> Option<Closed> {
    let at = patches.iter().position(|patch| patch.name == name)?;
    let (older, newer): (Vec<_>, Vec<_>) = match are_ordered(patches) {
        true => (
            patches[..at].iter().collect(),
            patches[at + 1..].iter().collect(),
        ),
        false => (
            Vec::new(),
            patches.iter().filter(|patch| patch.name != name).collect(),
        ),
    };
    let is_patched = |object: &str| object == "vmlinux" || system.has_module(object);
    let functions = patches[at].functions();
    functions
        .filter(|(object, _)| is_patched(object))
        .find_map(|(object, function)| {
            let newer = newer
                .iter()
                .find(|newer| newer.replaces(object, function))?;
            let is_oldest = !older.iter().any(|older| older.replaces(object, function));
            is_oldest.then(|| Closed {
                function: format!("{object}:{}", function.name),
                newer: newer.name.clone(),
            })
        })
}

/// Whether the kernel shows in which order they were loaded.
pub fn are_ordered(patches: &[Patch]) -> bool {
    patches
        .iter()
        .all(|patch| patch.status.is_some_and(|status| status.order.is_some()))
}
