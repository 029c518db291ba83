// SPDX-License-Identifier: GPL-2.0

//! States that the kernel cannot have, or not tell apart.

use crate::{
    data::MAX_SIZE,
    describe::MOST_SHADOWS,
    text::{equal, refuse},
};

/// A state as `livepatch!` lists it.
pub struct State {
    /// Its type.
    pub name: &'static str,
    /// Its id.
    pub id: usize,
    /// Its version.
    pub version: u32,
    /// The first version that had the layout of its data.
    pub layout_since: u32,
    /// How large its data are.
    pub size: usize,
    /// How many shadow variables belong to it.
    pub shadows: usize,
}

/// Refuses states that the kernel cannot tell apart.
#[track_caller]
pub const fn states(states: &[State]) {
    let mut i = 0;
    while i < states.len() {
        state(&states[i]);
        let mut j = 0;
        while j < i {
            distinct_states(&states[j], &states[i]);
            j += 1;
        }
        i += 1;
    }
}

#[track_caller]
const fn state(state: &State) {
    if state.id == 0 {
        refuse(&[
            "livepatch!: the state `",
            state.name,
            "` has the id 0, which ends the kernel's table; take another",
        ]);
    }
    if state.layout_since > state.version {
        refuse(&[
            "livepatch!: the state `",
            state.name,
            "` has a LAYOUT_SINCE that is higher than its VERSION; it is the first version with this layout",
        ]);
    }
    if state.size > MAX_SIZE {
        refuse(&[
            "livepatch!: the data of the state `",
            state.name,
            "` are larger than 1024 bytes, which the kernel's stack is too small for",
        ]);
    }
    if state.shadows > MOST_SHADOWS {
        refuse(&[
            "livepatch!: the state `",
            state.name,
            "` has more than 30 shadow variables",
        ]);
    }
}

#[track_caller]
const fn distinct_states(a: &State, b: &State) {
    if a.id == b.id {
        if equal(a.name, b.name) {
            refuse(&["livepatch!: the state `", a.name, "` is listed twice"]);
        }
        refuse(&[
            "livepatch!: the states `",
            a.name,
            "` and `",
            b.name,
            "` have the same id, or are the same type; each state of a patch needs an id of its own",
        ]);
    }
}
