// SPDX-License-Identifier: GPL-2.0
// error: parameters!: `u64` is no type of a parameter, which is i32, u32 or bool

klp::parameters! {
    level: u64 { default: 0, mode: 0o644, description: "A number" },
}

klp::livepatch! {
    name: "parameter_of_other_type",
    license: "GPL",
    objects: [],
}
