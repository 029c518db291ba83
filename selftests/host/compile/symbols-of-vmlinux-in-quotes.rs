// SPDX-License-Identifier: GPL-2.0
// error: an object is vmlinux, without quotes, or a module's name in quotes: that of its file without '.ko'

use kernel::ffi::*;

klp::symbols! {
    "vmlinux" => { // here
        static thing: c_int;
    },
}

klp::livepatch! {
    name: "symbols_of_vmlinux_in_quotes",
    license: "GPL",
    objects: [],
}
