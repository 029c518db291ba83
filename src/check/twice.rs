// SPDX-License-Identifier: GPL-2.0

//! Functions that are listed twice.

use super::{counted::places, Function, Object};
use crate::text::{equal, hash, refuse};

/// A function that is listed twice.
#[derive(Clone, Copy)]
pub struct Twice {
    /// Its name.
    pub name: &'static str,
    /// The name of its object.
    pub object: &'static str,
    /// Its second replacement's.
    pub replacement: &'static str,
}

/// The first function that an object has twice.
pub const fn twice<const SLOTS: usize>(objects: &[Object]) -> Option<Twice> {
    let mut functions = Names::<SLOTS>::new();
    let mut i = 0;
    while i < objects.len() {
        let found = functions.twice(&objects[i]);
        if found.is_some() {
            return found;
        }
        i += 1;
    }
    None
}

/// How many places the table of functions has.
pub const fn slots(objects: &[Object]) -> usize {
    let mut most = 0;
    let mut i = 0;
    while i < objects.len() {
        if objects[i].functions.len() > most {
            most = objects[i].functions.len();
        }
        i += 1;
    }
    places(most)
}

/// The functions of an object, each at the first free place from its name's hash on: comparing each
/// with each would take the compiler long.
struct Names<const SLOTS: usize> {
    /// The object's number, and the function's.
    places: [(usize, usize); SLOTS],
    object: usize,
}

impl<const SLOTS: usize> Names<SLOTS> {
    const fn new() -> Self {
        Self {
            places: [(0, 0); SLOTS],
            object: 0,
        }
    }

    /// The first function that the next object has twice.
    const fn twice(&mut self, object: &Object) -> Option<Twice> {
        self.object += 1;
        let mut i = 0;
        while i < object.functions.len() {
            let mut place = hash(object.functions[i].name) % SLOTS;
            while self.places[place].0 == self.object {
                let (first, second) = (self.places[place].1, i);
                if is_same(&object.functions[first], &object.functions[second]) {
                    return Some(Twice {
                        name: object.functions[second].name,
                        object: object.name,
                        replacement: object.functions[second].replacement,
                    });
                }
                place = (place + 1) % SLOTS;
            }
            self.places[place] = (self.object, i);
            i += 1;
        }
        None
    }
}

/// Refuses a function that is listed twice, by its replacement.
#[track_caller]
pub const fn listed_once(twice: &Option<Twice>, replacement: &str) {
    let Some(twice) = twice else { return };
    if equal(twice.replacement, replacement) {
        refuse(&[
            "livepatch!: the function `",
            twice.name,
            "` is listed twice in `",
            twice.object,
            "`; functions that share a name need a `#[sympos(N)]` each, with different N",
        ]);
    }
}

const fn is_same(a: &Function, b: &Function) -> bool {
    equal(a.name, b.name) && (a.sympos == b.sympos || a.sympos == 0 || b.sympos == 0)
}
