// SPDX-License-Identifier: GPL-2.0
// error: the trait bound `u64: Value` is not satisfied

klp::parameters! {
    level: u64 { default: 0, mode: 0o644, description: "A number" },
}

klp::livepatch! {
    name: "parameter_of_other_type",
    license: "GPL",
    objects: [],
}
