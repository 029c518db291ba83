// SPDX-License-Identifier: GPL-2.0
// error: parameters!: `level` is neither `TYPE { default: …, mode: …, description: "…" }` nor `[TYPE; MAX] { mode: …, description: "…" }`

klp::parameters! {
    level: u32 { default: 0, mode: 0o644 }, // here
}

klp::livepatch! {
    name: "parameter_without_description",
    license: "GPL",
    objects: [],
}
