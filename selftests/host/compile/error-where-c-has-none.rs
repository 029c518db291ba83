// SPDX-License-Identifier: GPL-2.0
// error: the replacement returns `core::result::Result<bool, kernel::error::Error>`, but `livepatch!` declares the function to return `bool`

use kernel::prelude::*;

klp::livepatch! {
    name: "error_where_c_has_none",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function() -> bool => replacement, // here
        ],
    ],
}

fn replacement() -> Result<bool> {
    Ok(true)
}
