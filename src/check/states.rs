// SPDX-License-Identifier: GPL-2.0

//! States that the kernel cannot have, or not tell apart.

use super::counted::{times, Counted};
use crate::{data::MAX_SIZE, describe::MOST_SHADOWS};

/// Whether the id is there once; 0 is none.
pub const fn is_there_once(id: usize, ids: &[Counted]) -> bool {
    times(id, ids) == 1 || id == 0
}

/// Whether data of that size can be taken over on the kernel's stack.
pub const fn fits_stack(size: usize) -> bool {
    size <= MAX_SIZE
}

/// Whether the description has room for that many shadow variables.
pub const fn fits_description(shadows: &[usize]) -> bool {
    shadows.len() <= MOST_SHADOWS
}

/// Whether a state of that version can have a layout since the other.
pub const fn can_have_since(layout_since: u32, version: u32) -> bool {
    layout_since <= version
}
