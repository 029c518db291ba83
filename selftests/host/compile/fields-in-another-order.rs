// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: a field is out of place, or there twice; the fields are, in this order: type, name, authors

klp::livepatch! {
    license: "GPL",
    name: "fields_in_another_order", // here
    objects: [],
}
