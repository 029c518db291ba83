// SPDX-License-Identifier: GPL-2.0

//! Whether the code that a compiler made of a translation unit is the code that a kernel runs,
//! function by function.
//!
//! What the linker filled in is looked at for where it leads: to an address that the kernel has for
//! the name, to the same string, or to the unit's own part of a section, which lies in one piece.
//! That also tells where every other symbol of the unit is, hence its position among those of its
//! name.

mod memory;
mod sites;
#[cfg(test)]
mod tests;
mod unit;

pub use memory::Memory;
pub use unit::{Symbol, Unit};

use serde::Serialize;
use sites::removed_call;
use std::collections::{BTreeMap, HashMap};
use unit::{Field, Form, Function, Target};

/// What came of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "verdict", content = "why")]
pub enum Verdict {
    /// It is what runs.
    Same,
    /// It is weak, and another one of its name runs instead.
    Overridden,
    /// Nothing that runs has its name.
    Absent,
    /// It is not what runs; why.
    Different(String),
}

impl Verdict {
    /// Why it is not what runs, if it is to be and is not.
    pub fn fault(&self) -> Option<&str> {
        match self {
            Self::Same | Self::Overridden => None,
            Self::Absent => Some("what runs has no function of that name"),
            Self::Different(why) => Some(why),
        }
    }
}

/// A function, and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// What came of it.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// What is known of a unit.
pub struct Proof {
    /// Its functions.
    pub functions: Vec<Checked>,
    /// Where its sections are.
    bases: BTreeMap<usize, u64>,
}

/// Compares a unit with what runs.
pub fn prove(unit: &Unit<'_>, memory: &Memory) -> Proof {
    let bases = bases(unit, memory);
    let checked = unit.functions.iter().map(|function| Checked {
        name: function.symbol.name.to_owned(),
        verdict: judge(function, unit, memory, &bases),
    });
    Proof {
        functions: checked.collect(),
        bases,
    }
}

impl Proof {
    /// Whether each function is what runs, or none that runs.
    pub fn holds(&self) -> bool {
        self.functions
            .iter()
            .all(|checked| checked.verdict.fault().is_none())
    }

    /// Whether the unit is no part of what runs: nothing is the same, and most is not there.
    pub fn is_of_nothing_that_runs(&self) -> bool {
        let absent = self.count(|verdict| *verdict == Verdict::Absent);
        self.count(|verdict| *verdict == Verdict::Same) == 0 && absent * 2 > self.functions.len()
    }

    /// How many functions have such a verdict.
    pub fn count(&self, is: impl Fn(&Verdict) -> bool) -> usize {
        let all = self.functions.iter();
        all.filter(|function| is(&function.verdict)).count()
    }

    /// Where a symbol of the unit is.
    pub fn address(&self, symbol: &Symbol<'_>) -> Option<u64> {
        self.bases.get(&symbol.section)?.checked_add(symbol.offset)
    }

    /// The position of a symbol of the unit among those that have its name: 0 if it is the only one.
    pub fn position(&self, symbol: &Symbol<'_>, memory: &Memory) -> Option<u64> {
        let all = memory.named(symbol.name);
        if let [_] = all {
            return Some(0);
        }
        let address = self.address(symbol)?;
        let at = all.iter().position(|&known| known == address)?;
        Some(at as u64 + 1)
    }
}

/// Where each section of the unit is, by most of what says it.
fn bases(unit: &Unit<'_>, memory: &Memory) -> BTreeMap<usize, u64> {
    let mut votes = BTreeMap::<usize, HashMap<u64, usize>>::new();
    let mut vote = |section: usize, base: u64| {
        *votes.entry(section).or_default().entry(base).or_default() += 1;
    };
    for function in &unit.functions {
        let equal: Vec<_> = places_with_the_code(function, memory).collect();
        let [address] = equal[..] else { continue };
        vote(
            function.symbol.section,
            address.wrapping_sub(function.symbol.offset),
        );
        for field in &function.fields {
            let Target::Section(section, offset) = field.to else {
                continue;
            };
            if let (Some(to), false) = (leads_to(field, address, memory), unit.is_merged(section)) {
                vote(section, to.wrapping_sub(offset));
            }
        }
    }
    let most =
        |bases: HashMap<u64, usize>| bases.into_iter().max_by_key(|&(base, count)| (count, base));
    votes
        .into_iter()
        .filter_map(|(section, bases)| Some((section, most(bases)?.0)))
        .collect()
}

fn judge(
    function: &Function<'_>,
    unit: &Unit<'_>,
    memory: &Memory,
    bases: &BTreeMap<usize, u64>,
) -> Verdict {
    let name = function.symbol.name;
    let known = memory.named(name);
    if known.is_empty() {
        return Verdict::Absent;
    }
    let mut why = None;
    for &address in known {
        let found = first_difference(function, address, memory)
            .or_else(|| wrong_place(function, address, bases))
            .or_else(|| {
                let fields = function.fields.iter();
                let runs = running(function, address, memory).unwrap_or_default();
                let is_there = |field: &&Field<'_>| removed_call(field, function, runs).is_none();
                fields
                    .filter(is_there)
                    .find_map(|field| wrong_field(field, address, unit, memory, bases))
            });
        match found {
            None => return Verdict::Same,
            Some(found) => why = why.or(Some(found)),
        }
    }
    match why {
        Some(_) if is_overridden(function, memory, bases) => Verdict::Overridden,
        Some(why) => Verdict::Different(why),
        None => Verdict::Same,
    }
}

/// The linker leaves the code where it is, and takes its name away.
fn is_overridden(function: &Function<'_>, memory: &Memory, bases: &BTreeMap<usize, u64>) -> bool {
    let Some(base) = bases.get(&function.symbol.section) else {
        return false;
    };
    let place = base.wrapping_add(function.symbol.offset);
    function.is_weak
        && !memory.named(function.symbol.name).contains(&place)
        && first_difference(function, place, memory).is_none()
}

/// The addresses of the function's name that have its code, but for what is filled in.
fn places_with_the_code<'m>(
    function: &'m Function<'_>,
    memory: &'m Memory,
) -> impl Iterator<Item = u64> + 'm {
    let all = memory.named(function.symbol.name).iter().copied();
    all.filter(|&address| first_difference(function, address, memory).is_none())
}

fn first_difference(function: &Function<'_>, address: u64, memory: &Memory) -> Option<String> {
    let size = function.code.len();
    let Some(runs) = running(function, address, memory) else {
        return Some(format!("there is no code at {address:#x}"));
    };
    let masked = masked(function, runs);
    let differs = |at: &usize| !masked[*at] && runs[*at] != function.code[*at];
    let at = (0..size).find(differs)?;
    Some(format!("the code differs at +{at:#x} of {size:#x}"))
}

/// What runs where a function may be.
fn running<'m>(function: &Function<'_>, address: u64, memory: &'m Memory) -> Option<&'m [u8]> {
    memory.at(address..address.saturating_add(function.code.len() as u64))
}

/// The bytes that the compiler does not decide on.
fn masked(function: &Function<'_>, runs: &[u8]) -> Vec<bool> {
    let mut masked = vec![false; function.code.len()];
    let mut mask = |at: usize, size: usize| {
        let end = at.saturating_add(size).min(masked.len());
        if let Some(bytes) = masked.get_mut(at..end) {
            bytes.fill(true);
        }
    };
    for field in &function.fields {
        mask(field.at, field.size());
        if let Some(call) = removed_call(field, function, runs) {
            mask(call.start, call.len());
        }
    }
    for &at in &function.branches {
        let is_short = matches!(function.code[at..], [0xeb, ..] | [0x66, 0x90, ..]);
        mask(at, if is_short { 2 } else { 5 });
    }
    masked
}

fn wrong_place(
    function: &Function<'_>,
    address: u64,
    bases: &BTreeMap<usize, u64>,
) -> Option<String> {
    let base = bases.get(&function.symbol.section)?;
    let expected = base.wrapping_add(function.symbol.offset);
    (expected != address).then(|| {
        format!("it is at {address:#x}, where the rest of its unit has it at {expected:#x}")
    })
}

/// Where a field leads, without what is added to it.
fn leads_to(field: &Field<'_>, address: u64, memory: &Memory) -> Option<u64> {
    let at = address.checked_add(field.at as u64)?;
    let bytes = memory.at(at..at.checked_add(field.size() as u64)?)?;
    let to = field.form?.read(bytes, at)?;
    Some(to.wrapping_add_signed(field.addend.wrapping_neg()))
}

fn wrong_field(
    field: &Field<'_>,
    address: u64,
    unit: &Unit<'_>,
    memory: &Memory,
    bases: &BTreeMap<usize, u64>,
) -> Option<String> {
    let to = leads_to(field, address, memory)?;
    let at = field.at;
    match field.to {
        Target::Named(name) => {
            let known = memory.named(name);
            let is_right = known.is_empty() || known.contains(&to);
            (!is_right).then(|| format!("at +{at:#x} it refers to {to:#x}, which is not '{name}'"))
        }
        Target::Section(section, offset) if unit.is_merged(section) => {
            let is_right = same_string(field, section, offset, to, unit, memory);
            (!is_right).then(|| format!("at +{at:#x} it refers to another string"))
        }
        Target::Section(section, offset) => {
            let expected = bases.get(&section)?.wrapping_add(offset);
            let name = unit.section_name(section);
            (expected != to).then(|| {
                format!("at +{at:#x} it refers to {to:#x} of '{name}', which is at {expected:#x}")
            })
        }
    }
}

/// A distance counts from the end of the instruction, which may have an operand after the field.
fn same_string(
    field: &Field<'_>,
    section: usize,
    offset: u64,
    to: u64,
    unit: &Unit<'_>,
    memory: &Memory,
) -> bool {
    let after: &[i64] = match field.form {
        Some(Form::Distance(_)) => &[4, 5, 6, 8],
        _ => &[0],
    };
    let mut has_string = false;
    let is_same = after.iter().any(|after| {
        let distance = field.addend.wrapping_add(*after);
        let string = unit.merged_string(section, offset.wrapping_add_signed(distance));
        let Some(string) = string else { return false };
        has_string = true;
        let start = to.wrapping_add_signed(distance);
        memory.at(start..start.saturating_add(string.len() as u64)) == Some(string)
    });
    is_same || !has_string
}
