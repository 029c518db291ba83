// SPDX-License-Identifier: GPL-2.0

//! A symbol that the kernel does not have.

use kernel::ffi::c_int;

klp::symbols! {
    vmlinux => {
        static klp_test_no_such_variable: c_int;
    },
}

klp::livepatch! {
    name: "klp_test_symbols_missing",
    description: "A symbol that does not exist",
    license: "GPL",
    objects: [
        "klp_test_target" => [
            // SAFETY: The prototype is the original's.
            unsafe klp_test_nap() -> c_int => nap,
        ],
    ],
}

fn nap() -> c_int {
    // SAFETY: Never reached.
    unsafe { klp_test_no_such_variable.as_ptr().read() }
}
