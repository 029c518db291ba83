// SPDX-License-Identifier: GPL-2.0
// error: mismatched types

use kernel::ffi::*;

klp::symbols! {
    "a_module" => {
        fn function() -> c_int;
    },
}

klp::livepatch! {
    name: "symbol_of_module_taken_for_there",
    license: "GPL",
    objects: [
        "a_module" => [
            // SAFETY: Never compiled.
            unsafe patched() -> c_int => replacement,
        ],
    ],
}

fn replacement() -> c_int {
    // SAFETY: Never compiled.
    unsafe { function() } // here
}
