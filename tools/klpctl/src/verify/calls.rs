// SPDX-License-Identifier: GPL-2.0

//! Whether a replacement calls what it replaces: by its name the kernel's function leads back to the
//! replacement, without end.
//!
//! Calls and jumps are looked at, not pointers.

use super::{Finding, Found, Objects, Status};
use crate::{
    elf::{Elf, Place, Target},
    patch::{is_original, Function, Patch, Symbol},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

/// Says which replacements end up in themselves.
pub fn check(elf: &Elf<'_>, patch: &Patch, objects: &Objects<'_>) -> Vec<Finding> {
    let replaced = replaced(patch, objects);
    let calls = Calls::of(elf, objects, &replaced);
    let cycles = Cycles::of(&calls);
    let mut callers = BTreeMap::<_, BTreeSet<_>>::new();
    for call in calls.redirected.iter().filter(|call| cycles.has(call)) {
        let names = cycles.callers(call, &calls);
        let names = names.filter_map(|place| elf.function_around(place));
        callers.entry(call.name.as_str()).or_default().extend(names);
    }
    if callers.is_empty() {
        let message = "no replacement calls what it replaces";
        return vec![Finding::new("recursion", "code", Status::Ok, message)];
    }
    callers
        .iter()
        .map(|(function, callers)| calls_itself(function, callers))
        .collect()
}

fn calls_itself(function: &str, callers: &BTreeSet<&str>) -> Finding {
    let names: Vec<_> = callers
        .iter()
        .map(|name| format!("'{:#}'", rustc_demangle::demangle(name)))
        .collect();
    let message = format!(
        "its replacement leads to a call of it, in {}: the kernel redirects that to the replacement \
        again, until the stack is full; do there what the original does, or call a function that \
        this patch does not replace",
        names.join(", ")
    );
    Finding::new("recursion", function, Status::Failed, message)
}

/// A jump and the trap behind it.
const STUB: u64 = 6;

/// A function of the kernel's, under whichever of its names: by where it is, if that is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Entry {
    At(String, Option<Arc<str>>, u64),
    Named(String, String, u64),
}

impl Entry {
    fn of(objects: &Objects<'_>, object: &str, name: &str, position: u64) -> Self {
        let found = match objects.get(object) {
            Found::Object(found) => found.named(name).nth(position.max(1) as usize - 1),
            _ => None,
        };
        match found.and_then(|symbol| Some((symbol.section.clone(), symbol.address?))) {
            Some((section, address)) => Self::At(object.to_owned(), section, address),
            None => Self::Named(object.to_owned(), name.to_owned(), position.max(1)),
        }
    }
}

/// What is replaced: where its replacement is, and what it is called.
type Replaced = HashMap<Entry, (Place, String)>;

fn replaced(patch: &Patch, objects: &Objects<'_>) -> Replaced {
    let entry = |(object, function): (&str, &Function)| {
        let place = function.replacement.as_ref()?.place;
        let entry = Entry::of(objects, object, &function.name, function.sympos);
        Some((entry, (place, format!("{object}:{function}"))))
    };
    patch.functions().filter_map(entry).collect()
}

/// A call that the kernel redirects to a replacement of this patch.
struct Call {
    from: Place,
    to: Place,
    name: String,
    /// Whether it is the jump that the macro `symbols!` makes, which others call.
    is_stub: bool,
}

/// Which functions of a module call which, by where they begin.
#[derive(Default)]
struct Calls {
    edges: HashMap<Place, Vec<Place>>,
    redirected: Vec<Call>,
}

impl Calls {
    fn of(elf: &Elf<'_>, objects: &Objects<'_>, replaced: &Replaced) -> Self {
        let mut known = HashMap::new();
        let mut outside = |name| {
            let find = || find_outside(name, objects, replaced);
            *known.entry(name).or_insert_with(find)
        };
        let mut calls = Self::default();
        for section in elf.code() {
            for (place, target) in branches(elf, section) {
                let Some((from, caller)) = elf.item_around(place) else {
                    continue;
                };
                if is_original(caller.name) {
                    continue;
                }
                let is_stub = caller.size <= STUB;
                let to = match target {
                    Target::Inside(place) => elf.item_around(place).map(|(start, _)| start),
                    Target::Outside(name) => outside(name).map(|(to, name): &(Place, String)| {
                        let (to, name) = (*to, name.clone());
                        calls.redirected.push(Call {
                            from,
                            to,
                            name,
                            is_stub,
                        });
                        to
                    }),
                };
                calls.edges.entry(from).or_default().extend(to);
            }
        }
        calls
    }
}

/// What is replaced of the functions that a module refers to: an unexported one, or an exported one,
/// which is the kernel's own or a module's.
fn find_outside<'r>(
    name: &str,
    objects: &Objects<'_>,
    replaced: &'r Replaced,
) -> Option<&'r (Place, String)> {
    if let Some(symbol) = Symbol::parse(name) {
        let entry = Entry::of(objects, &symbol.object, &symbol.name, symbol.sympos);
        return replaced.get(&entry);
    }
    let of = |object: &str| Entry::of(objects, object, name, 1);
    if objects.kernel.vmlinux().named(name).next().is_some() {
        return replaced.get(&of("vmlinux"));
    }
    objects
        .modules()
        .find_map(|module| replaced.get(&of(module)))
}

/// The calls and jumps in a section. The assembler leaves those within a section no relocation.
fn branches<'e>(
    elf: &'e Elf<'_>,
    section: usize,
) -> impl Iterator<Item = (Place, Target<'e>)> + 'e {
    const CALL: u8 = 0xe8;
    const JUMP: u8 = 0xe9;
    let bytes = elf.bytes(section);
    let start = Place { section, offset: 0 };
    let relocated = elf.references(start, elf.size(section));
    let by_relocation =
        relocated
            .filter(|(place, _)| elf.is_branch(*place))
            .map(|(place, target)| match target {
                Target::Inside(to) => (place, Target::Inside(to.after(4))),
                outside => (place, outside),
            });
    let within = memchr::memchr2_iter(CALL, JUMP, bytes).filter_map(move |at| {
        let operand = start.after(at as u64 + 1);
        let distance = i32::from_le_bytes(bytes.get(at + 1..at + 5)?.try_into().ok()?);
        let to = operand.after(4).after(i64::from(distance) as u64);
        let is_relocated = elf.references(operand, 1).next().is_some();
        (!is_relocated && !elf.symbols_at(to).is_empty()).then_some((operand, Target::Inside(to)))
    });
    by_relocation.chain(within)
}

/// Which functions lead to each other.
struct Cycles(HashMap<Place, usize>);

impl Cycles {
    /// Whether what is called leads back to the call.
    fn has(&self, call: &Call) -> bool {
        let group = self.group(&call.from);
        group.is_some() && group == self.group(&call.to)
    }

    /// Who makes a call that is in a cycle.
    fn callers<'c>(&'c self, call: &'c Call, calls: &'c Calls) -> impl Iterator<Item = Place> + 'c {
        let leads_there = |place: &Place| match call.is_stub {
            true => {
                calls.edges[place].contains(&call.from) && self.group(place) == self.group(&call.to)
            }
            false => *place == call.from,
        };
        calls.edges.keys().copied().filter(leads_there)
    }

    fn group(&self, place: &Place) -> Option<usize> {
        self.0.get(place).copied()
    }

    /// Kosaraju's: what is left last by following the calls is looked at first against them.
    fn of(calls: &Calls) -> Self {
        let mut reversed = HashMap::<_, Vec<_>>::new();
        for (from, all) in &calls.edges {
            for to in all {
                reversed.entry(*to).or_default().push(*from);
            }
        }
        let (mut order, mut seen) = (Vec::new(), HashSet::new());
        for from in calls.edges.keys() {
            order.extend(left_in_order(&calls.edges, *from, &mut seen));
        }
        let (mut group, mut seen) = (HashMap::new(), HashSet::new());
        for (number, from) in order.iter().rev().enumerate() {
            let found = left_in_order(&reversed, *from, &mut seen);
            group.extend(found.into_iter().map(|place| (place, number)));
        }
        Self(group)
    }
}

/// What a place leads to, and was not seen yet, in the order in which nothing more is found behind it.
fn left_in_order(
    edges: &HashMap<Place, Vec<Place>>,
    start: Place,
    seen: &mut HashSet<Place>,
) -> Vec<Place> {
    let (mut order, mut open) = (Vec::new(), Vec::new());
    if seen.insert(start) {
        open.push((start, 0));
    }
    while let Some((place, next)) = open.last_mut() {
        match edges.get(place).and_then(|all| all.get(*next)) {
            Some(&to) => {
                *next += 1;
                if seen.insert(to) {
                    open.push((to, 0));
                }
            }
            None => {
                order.push(*place);
                open.pop();
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{self, Kernel};

    fn place(offset: u64) -> Place {
        Place { section: 1, offset }
    }

    #[test]
    fn two_names_of_one_function_are_one_where_addresses_are_known() {
        let symbol = |name: &str, address| kernel::Symbol {
            name: name.into(),
            address,
            ..Default::default()
        };
        let symbols = [
            symbol("f", Some(16)),
            symbol("alias", Some(16)),
            symbol("g", Some(32)),
            symbol("hidden", None),
            symbol("hidden_too", None),
        ];
        let kernel = Kernel::of_object(
            "7.3.4",
            kernel::Object {
                symbols: symbols.into(),
                btf: Err(anyhow::anyhow!("none")),
            },
        );
        let objects = Objects::of(&Patch::default(), &kernel);
        let of = |name| Entry::of(&objects, "vmlinux", name, 0);
        assert_eq!(of("f"), of("alias"));
        assert_ne!(of("f"), of("g"));
        assert_ne!(of("hidden"), of("hidden_too"));
    }

    #[test]
    fn a_call_is_in_a_cycle_only_if_it_is_led_back_to() {
        let mut calls = Calls::default();
        for (from, to) in [(1, 2), (2, 3), (3, 2), (3, 4), (4, 5), (5, 5)] {
            calls.edges.entry(place(from)).or_default().push(place(to));
        }
        let cycles = Cycles::of(&calls);
        let has = |from, to| {
            cycles.has(&Call {
                from: place(from),
                to: place(to),
                name: String::new(),
                is_stub: false,
            })
        };
        assert!(has(2, 3) && has(3, 2) && has(5, 5));
        assert!(!has(1, 2) && !has(3, 4) && !has(4, 5));
    }
}
