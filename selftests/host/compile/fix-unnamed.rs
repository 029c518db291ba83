// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: `fixes` has the name ``: it is empty

klp::livepatch! {
    name: "fix_unnamed",
    license: "GPL",
    fixes: [""], // here
    objects: [],
}
