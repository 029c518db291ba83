// SPDX-License-Identifier: GPL-2.0
// error: `extern` fn uses type `[u8]`, which is not FFI-safe

use kernel::ffi::*;

klp::symbols! {
    vmlinux => {
        fn take(bytes: &[u8]); // here
    },
}

klp::livepatch! {
    name: "symbol_takes_slice",
    license: "GPL",
    objects: [],
}
