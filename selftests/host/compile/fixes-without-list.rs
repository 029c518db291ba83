// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: `fixes` is a list of names in quotes

klp::livepatch! {
    name: "fixes_without_list",
    license: "GPL",
    fixes: "CVE-2026-1234", // here
    objects: [],
}
