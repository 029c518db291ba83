// SPDX-License-Identifier: GPL-2.0
// error: missing: `USE_VTABLE_ATTR`

struct Hooks;

impl klp::Callbacks for Hooks {} // here

klp::livepatch! {
    name: "callbacks_without_vtable",
    license: "GPL",
    objects: [vmlinux with Hooks => []],
}
