// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: with the license `Proprietary` the kernel would not load the patch

klp::livepatch! {
    name: "license_that_is_not_compatible",
    license: "Proprietary", // here
    objects: [],
}
