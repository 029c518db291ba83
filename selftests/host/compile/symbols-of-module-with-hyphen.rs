// SPDX-License-Identifier: GPL-2.0
// error: symbols!: no module is named `a-module`

use kernel::ffi::*;

klp::symbols! {
    "a-module" => {
        static thing: c_int;
    },
}

klp::livepatch! {
    name: "symbols_of_module_with_hyphen",
    license: "GPL",
    objects: [],
}
