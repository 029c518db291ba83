// SPDX-License-Identifier: GPL-2.0
// error: call to unsafe function `secretly_unsafe` is unsafe and requires unsafe

klp::livepatch! {
    name: "replace_that_needs_unsafe",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function() => replacement,
        ],
    ],
    replace: secretly_unsafe(), // here
}

fn replacement() {}

/// # Safety
///
/// Nothing.
unsafe fn secretly_unsafe() -> bool {
    true
}
