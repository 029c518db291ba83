// SPDX-License-Identifier: GPL-2.0

//! The kernel's variables of the console, as it exports them.

use kernel::{bindings, ffi::c_int};

/// A console level at which all messages appear.
pub(crate) const MOTORMOUTH: c_int = 15;

/// The first two elements of `console_printk`.
#[allow(dead_code)] // not each version of the sample sets both
pub(crate) enum Level {
    /// `console_loglevel`: messages of a lower level appear.
    Console = 0,
    /// `default_message_loglevel`: the level of messages that have none.
    DefaultMessage = 1,
}

impl Level {
    /// Sets the variable, and returns what it was.
    pub(crate) fn replace(self, level: c_int) -> c_int {
        let levels = (&raw mut bindings::console_printk).cast::<c_int>();
        // SAFETY: The array has four elements. printk() reads it without a lock.
        let variable = unsafe { levels.add(self as usize) };
        // SAFETY: As above; sysctl, which writes it without a lock as well, writes whole values.
        unsafe {
            let old = variable.read_volatile();
            variable.write_volatile(level);
            old
        }
    }
}
