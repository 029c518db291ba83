// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: a field is out of place, or there twice; the fields are, in this order: type, name, authors

klp::livepatch! {
    name: "field_twice",
    license: "GPL",
    version: "1",
    version: "2", // here
    objects: [],
}
