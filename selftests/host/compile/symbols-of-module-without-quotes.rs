// SPDX-License-Identifier: GPL-2.0
// error: symbols!: the object `a_module` is neither vmlinux nor

use kernel::ffi::*;

klp::symbols! {
    a_module => {
        static thing: c_int;
    },
}

klp::livepatch! {
    name: "symbols_of_module_without_quotes",
    license: "GPL",
    objects: [],
}
