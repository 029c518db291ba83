// SPDX-License-Identifier: GPL-2.0
// error: `Nothing` is not a state

klp::livepatch! {
    name: "state_that_is_none",
    license: "GPL",
    objects: [],
    states: [Nothing], // here
}

struct Nothing;
