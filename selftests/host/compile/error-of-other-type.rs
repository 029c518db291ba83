// SPDX-License-Identifier: GPL-2.0
// error: => replacement, // here | | ^^^^^^^^^^^ the replacement's result differs from the declared one

use kernel::{ffi::*, prelude::*};

klp::livepatch! {
    name: "error_of_other_type",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function() -> c_long => replacement, // here
        ],
    ],
}

fn replacement() -> Result<c_int> {
    Ok(0)
}
