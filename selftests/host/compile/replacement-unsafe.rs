// SPDX-License-Identifier: GPL-2.0
// error: cannot be a replacement

klp::livepatch! {
    name: "replacement_unsafe",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function() => replacement, // here
        ],
    ],
}

/// # Safety
///
/// Nothing.
unsafe fn replacement() {}
