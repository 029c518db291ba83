// SPDX-License-Identifier: GPL-2.0

//! Module parameters.

use core::borrow::Borrow;

/// The value of a module parameter: `module_parameters::NAME.value()` gives it from Linux 7.3 on, a
/// reference to it before.
///
/// # Examples
///
/// ```ignore
/// let limit: u32 = klp::parameter(module_parameters::limit.value());
/// ```
pub fn parameter<T: Copy>(value: impl Borrow<T>) -> T {
    *value.borrow()
}
