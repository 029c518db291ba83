// SPDX-License-Identifier: GPL-2.0
// error: `*mut ()` cannot be sent between threads safely

use kernel::{ffi::*, sync::Mutex};

type Kept = klp::Original<fn(c_int) -> c_int>;

klp::livepatch! {
    name: "original_kept",
    license: "GPL",
    objects: [
        vmlinux => [
            #[original]
            // SAFETY: Never compiled.
            unsafe some_function(a: c_int) -> c_int => replacement,
        ],
    ],
}

fn can_be_shared<T: Sync>() {}

fn replacement(_original: Kept, a: c_int) -> c_int {
    can_be_shared::<Mutex<Kept>>(); // here
    a
}
