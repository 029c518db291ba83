// SPDX-License-Identifier: GPL-2.0

//! Asks for the original of a function that begins as none of a compiler's.

use kernel::ffi::c_long;

klp::livepatch! {
    name: "klp_test_original_odd",
    description: "Asks for an original that cannot be called",
    license: "GPL",
    objects: [
        "klp_test_callee" => [
            #[original]
            // SAFETY: The prototype is the original's, and its caller prints what it is given.
            unsafe klp_test_odd() -> c_long => even,
        ],
    ],
}

fn even(original: klp::Original<fn() -> c_long>) -> c_long {
    original.call().wrapping_add(1)
}
