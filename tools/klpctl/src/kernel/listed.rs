// SPDX-License-Identifier: GPL-2.0

//! Which functions a list has that shows names alone, some of which several functions share.
//!
//! ftrace sorts its sites by address, so a name is between those that are listed before and after it. A list in another order
//! contradicts itself, and is taken name by name.
//!
//! C source: `kernel/trace/ftrace.c` (`ftrace_process_locs()`, `t_show()`)

use std::collections::HashMap;

/// The places of the functions that are listed; of those that may be, some are.
#[derive(Default)]
pub struct Listed {
    is_certain: HashMap<u64, bool>,
}

impl Listed {
    /// Those of `functions`, names at places, that `names` has, in the order of the places.
    pub fn in_order<'a>(functions: &[(&'a str, u64)], names: &[&'a str]) -> Self {
        let places = by_name(functions);
        let items: Vec<&[u64]> = names
            .iter()
            .filter_map(|name| places.get(name).map(Vec::as_slice))
            .collect();
        let Some((first, last)) = first_places(&items).zip(last_places(&items)) else {
            return Self::by_name(functions, names);
        };
        let mut listed = Self::default();
        for (item, (first, last)) in items.iter().zip(first.into_iter().zip(last)) {
            let possible = item
                .iter()
                .filter(|&&place| place >= first && place <= last);
            listed.add(possible, first == last);
        }
        listed
    }

    /// Those that `names` has as often as there are functions of the name.
    pub fn by_name<'a>(functions: &[(&'a str, u64)], names: &[&'a str]) -> Self {
        let mut times = HashMap::<_, usize>::new();
        names
            .iter()
            .for_each(|name| *times.entry(*name).or_default() += 1);
        let mut listed = Self::default();
        for (name, places) in by_name(functions) {
            if let Some(&times) = times.get(name) {
                listed.add(places.iter(), times == places.len());
            }
        }
        listed
    }

    fn add<'p>(&mut self, places: impl Iterator<Item = &'p u64>, is_certain: bool) {
        for &place in places {
            *self.is_certain.entry(place).or_default() |= is_certain;
        }
    }

    /// Whether the function at a place is listed, or, without a value, may be.
    pub fn has(&self, place: u64) -> Option<bool> {
        match self.is_certain.get(&place) {
            None => Some(false),
            Some(true) => Some(true),
            Some(false) => None,
        }
    }
}

fn by_name<'a>(functions: &[(&'a str, u64)]) -> HashMap<&'a str, Vec<u64>> {
    let mut places = HashMap::<_, Vec<u64>>::new();
    for &(name, place) in functions {
        places.entry(name).or_default().push(place);
    }
    for places in places.values_mut() {
        places.sort_unstable();
        places.dedup();
    }
    places
}

/// The first place that each can have behind the one before it.
fn first_places(items: &[&[u64]]) -> Option<Vec<u64>> {
    let mut before = None;
    let behind = |item: &&[u64]| {
        before = item.iter().copied().find(|&place| Some(place) > before);
        before
    };
    items.iter().map(behind).collect()
}

/// The last place that each can have in front of the one after it.
fn last_places(items: &[&[u64]]) -> Option<Vec<u64>> {
    let mut after = u64::MAX;
    let mut places: Vec<_> = items
        .iter()
        .rev()
        .map(|item| {
            after = item.iter().copied().rfind(|&place| place < after)?;
            Some(after)
        })
        .collect::<Option<_>>()?;
    places.reverse();
    Some(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FUNCTIONS: [(&str, u64); 7] = [
        ("twice", 0x100),
        ("first", 0x200),
        ("twice", 0x300),
        ("last", 0x400),
        ("next_to", 0x500),
        ("next_to", 0x600),
        ("twice", 0x700),
    ];

    fn has(listed: &Listed, places: &[u64]) -> Vec<Option<bool>> {
        places.iter().map(|&place| listed.has(place)).collect()
    }

    #[test]
    fn a_name_is_between_those_around_it() {
        let listed = Listed::in_order(&FUNCTIONS, &["first", "twice", "last"]);
        assert_eq!(
            has(&listed, &[0x100, 0x200, 0x300, 0x700]),
            [Some(false), Some(true), Some(true), Some(false)]
        );
    }

    #[test]
    fn as_many_as_there_are_places_between_have_one_each() {
        let listed = Listed::in_order(&FUNCTIONS, &["last", "next_to", "next_to", "twice"]);
        assert_eq!(
            has(&listed, &[0x500, 0x600, 0x700, 0x300]),
            [Some(true), Some(true), Some(true), Some(false)]
        );
    }

    #[test]
    fn which_of_two_next_to_each_other_is_not_known() {
        let listed = Listed::in_order(&FUNCTIONS, &["last", "next_to", "twice"]);
        assert_eq!(
            has(&listed, &[0x500, 0x600, 0x700]),
            [None, None, Some(true)]
        );
    }

    #[test]
    fn names_that_are_no_functions_bound_none() {
        let listed = Listed::in_order(&FUNCTIONS, &["weak", "first", "twice", "weak", "last"]);
        assert_eq!(has(&listed, &[0x100, 0x300]), [Some(false), Some(true)]);
    }

    #[test]
    fn a_list_in_another_order_is_taken_name_by_name() {
        let listed = Listed::in_order(&FUNCTIONS, &["last", "first", "twice"]);
        assert_eq!(
            has(&listed, &[0x100, 0x200, 0x300, 0x500]),
            [None, Some(true), None, Some(false)]
        );
    }
}
