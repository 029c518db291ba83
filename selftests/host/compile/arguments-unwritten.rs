// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: `(..)` is for what the compiler made and named, such as `f.isra.0`; declare the arguments of `some_function`

use kernel::prelude::*;

klp::livepatch! {
    name: "arguments_unwritten",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe "some_function"(..) => extern "C" replacement, // here
        ],
    ],
}
