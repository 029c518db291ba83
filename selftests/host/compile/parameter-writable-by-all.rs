// SPDX-License-Identifier: GPL-2.0
// error: parameters!: the mode is none of a file that only root may write, such as 0o644, 0o444 or 0

klp::parameters! {
    level: i32 { default: 0, mode: 0o666, description: "A number" }, // here
}

klp::livepatch! {
    name: "parameter_writable_by_all",
    license: "GPL",
    objects: [],
}
