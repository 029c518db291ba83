// SPDX-License-Identifier: GPL-2.0
// error: call to unsafe function `function` is unsafe

use kernel::ffi::*;

klp::symbols! {
    vmlinux => {
        fn function() -> c_int;
    },
}

klp::livepatch! {
    name: "symbol_called_without_unsafe",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe patched() -> c_int => replacement,
        ],
    ],
}

fn replacement() -> c_int {
    function() // here
}
