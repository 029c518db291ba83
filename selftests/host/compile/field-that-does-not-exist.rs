// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: there is no such field; the fields are, in this order: type, name, authors

klp::livepatch! {
    name: "field_that_does_not_exist",
    licence: "GPL", // here
    objects: [],
}
