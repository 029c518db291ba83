// SPDX-License-Identifier: GPL-2.0
// error: an object is vmlinux, without quotes, or a module's name in quotes: that of its file without '.ko'

use kernel::ffi::*;

klp::symbols! {
    "a-module" => { // here
        static thing: c_int;
    },
}

klp::livepatch! {
    name: "symbols_of_module_with_hyphen",
    license: "GPL",
    objects: [],
}
