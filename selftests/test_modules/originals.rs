// SPDX-License-Identifier: GPL-2.0

//! Replacements that call their originals, shared by two patches.

use kernel::{
    ffi::{c_long, c_void},
    seq_file::SeqFile,
    seq_print,
};
use klp::Original;

/// Does something before and after.
pub(crate) fn marked(
    original: Original<fn(c_long, c_long) -> c_long>,
    a: c_long,
    b: c_long,
) -> c_long {
    original.call(a, b.wrapping_add(10)).wrapping_mul(100)
}

/// Does not always call it.
pub(crate) fn plain(
    original: Original<fn(c_long, c_long) -> c_long>,
    a: c_long,
    b: c_long,
) -> c_long {
    if a == b {
        return 0;
    }
    original.call(b, a).wrapping_add(1000)
}

pub(crate) fn doze(original: Original<fn(c_long) -> c_long>, a: c_long) -> c_long {
    original.call(a).wrapping_add(40)
}

/// Prints a line of its own.
pub(crate) fn status(original: Original<fn(&SeqFile, *mut c_void)>, m: &SeqFile, mm: *mut c_void) {
    seq_print!(m, "Patched:\tyes\n");
    original.call(m, mm);
}
