// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: `version` is a word in quotes

klp::livepatch! {
    name: "version_with_space",
    license: "GPL",
    version: "1 2", // here
    objects: [],
}
