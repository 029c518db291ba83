// SPDX-License-Identifier: GPL-2.0
// error: symbols!: a module is no object of the patch

use kernel::ffi::*;

klp::symbols! {
    "a_module" => { // here
        static thing: c_int;
    },
}

klp::livepatch! {
    name: "symbols_of_no_object",
    license: "GPL",
    objects: [],
}
