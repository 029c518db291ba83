// SPDX-License-Identifier: GPL-2.0

//! The calls at which functions are traced. Where the compiler has no option to record them, as clang, objtool does, and
//! makes each an instruction that does nothing.
//!
//! C source: `tools/objtool/check.c` (`create_mcount_loc_sections`, `add_call_destinations`)

use super::unit::{Field, Function, Target};
use std::ops::Range;

const CALL: u8 = 0xe8;
const NOTHING: [u8; 5] = [0x0f, 0x1f, 0x44, 0x00, 0x00];

/// The bytes of a function's call, by the field with where it leads, if what runs has nothing in its place.
pub fn removed_call(
    field: &Field<'_>,
    function: &Function<'_>,
    runs: &[u8],
) -> Option<Range<usize>> {
    let start = field.at.checked_sub(1)?;
    let call = start..start.checked_add(NOTHING.len())?;
    let is_site =
        field.to == Target::Named("__fentry__") && function.code.get(start) == Some(&CALL);
    (is_site && runs.get(call.clone())? == NOTHING).then_some(call)
}
