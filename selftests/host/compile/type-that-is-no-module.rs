// SPDX-License-Identifier: GPL-2.0
// error: the trait `Module` is not implemented for `Resource`

struct Resource;

klp::livepatch! {
    type: Resource, // here
    name: "type_that_is_no_module",
    license: "GPL",
    objects: [],
}
