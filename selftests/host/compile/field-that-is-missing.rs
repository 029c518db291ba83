// SPDX-License-Identifier: GPL-2.0
// error: name, license and objects are needed

klp::livepatch! {
    name: "field_that_is_missing",
    license: "GPL",
}
