// SPDX-License-Identifier: GPL-2.0
// error: mismatched types

klp::parameters! {
    level: u32 { default: true, mode: 0o644, description: "A number" }, // here
}

klp::livepatch! {
    name: "parameter_default_of_other_type",
    license: "GPL",
    objects: [],
}
