// SPDX-License-Identifier: GPL-2.0

//! A function that a module does not have.

klp::livepatch! {
    name: "klp_test_missing_late",
    description: "A function that a module does not have",
    license: "GPL",
    objects: [
        "klp_test_target" => [
            // SAFETY: There is no such function.
            unsafe klp_test_no_such_function() => nothing,
        ],
    ],
}

fn nothing() {}
