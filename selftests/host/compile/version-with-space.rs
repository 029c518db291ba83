// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: `version` is `1 2`: it has something other than letters

klp::livepatch! {
    name: "version_with_space",
    license: "GPL",
    version: "1 2", // here
    objects: [],
}
