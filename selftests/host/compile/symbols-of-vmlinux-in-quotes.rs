// SPDX-License-Identifier: GPL-2.0
// error: symbols!: `"vmlinux"` would be a module

use kernel::ffi::*;

klp::symbols! {
    "vmlinux" => {
        static thing: c_int;
    },
}

klp::livepatch! {
    name: "symbols_of_vmlinux_in_quotes",
    license: "GPL",
    objects: [],
}
