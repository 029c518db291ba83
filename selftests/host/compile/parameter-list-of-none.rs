// SPDX-License-Identifier: GPL-2.0
// error: parameters!: a list of at most 0 values

klp::parameters! {
    levels: [u32; 0] { mode: 0o644, description: "Numbers" }, // here
}

klp::livepatch! {
    name: "parameter_list_of_none",
    license: "GPL",
    objects: [],
}
