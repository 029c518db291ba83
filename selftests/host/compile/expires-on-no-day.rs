// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: `expires` is a day in quotes

klp::livepatch! {
    name: "expires_on_no_day",
    license: "GPL",
    expires: "2027-02-29", // here
    objects: [],
}
