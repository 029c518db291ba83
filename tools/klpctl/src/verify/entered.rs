// SPDX-License-Identifier: GPL-2.0

//! Replacements in C, which are entered directly: whether the kernel sees every task that runs what
//! they are made of.
//!
//! It looks for return addresses inside of a replacement. What the replacement calls leaves one
//! there; what it *jumps* to in its module does not: a function in its place at its end, or a piece
//! that the compiler has put elsewhere.

use super::{Finding, Status};
use crate::{
    elf::{Elf, Place, Target},
    patch::{Form, Patch, Replacement},
};
use std::collections::BTreeSet;

/// What a processor's features are asked for by until the kernel knows them: it replaces the jumps there, by one in
/// the function or none, before a module runs.
const REPLACED: &str = ".altinstr_aux";

/// Checks each replacement in C.
pub fn check(elf: &Elf<'_>, patch: &Patch) -> Vec<Finding> {
    let starts: BTreeSet<Place> = patch
        .functions()
        .filter_map(|(_, function)| Some(function.replacement.as_ref()?.place))
        .collect();
    let in_c = patch
        .functions()
        .filter(|(_, function)| function.form == Some(Form::C));
    in_c.filter_map(|(object, function)| {
        let replacement = function.replacement.as_ref()?;
        let (status, message) = judge(elf, replacement, &starts);
        Some(Finding::new(
            "entered",
            format!("{object}:{function}"),
            status,
            message,
        ))
    })
    .collect()
}

fn judge(elf: &Elf<'_>, replacement: &Replacement, starts: &BTreeSet<Place>) -> (Status, String) {
    let name = &replacement.name;
    let Some(code) = code(elf, replacement) else {
        return (
            Status::Failed,
            format!("'{name}' lies outside of its section"),
        );
    };
    let fields: Vec<_> = elf
        .references(replacement.place, replacement.size)
        .collect();
    for &(place, target) in &fields {
        let Target::Inside(target) = target else {
            continue;
        };
        let target = target.after(4);
        let at = (place.offset - replacement.place.offset) as usize;
        let is_gone = elf.section_name(target.section) == REPLACED;
        if is_jump(&code[..at]) && !is_gone && !is_seen(replacement, target, starts) {
            let what = elf.function_around(target).unwrap_or("code without a name");
            return (
                Status::Failed,
                format!(
                    "'{name}' jumps to '{what}' at +{:#x}: the kernel does not see a task in there, and \
                    could free the code under it; compile it with -fno-optimize-sibling-calls \
                    -fno-reorder-blocks-and-partition",
                    at - 1
                ),
            );
        }
    }
    match unresolved_jump(elf, replacement, code, &fields, starts) {
        None => (Status::Ok, "jumps to nothing else in the module".to_owned()),
        Some((at, what)) => (
            Status::Unknown,
            format!(
                "'{name}' may jump to '{what}' at +{at:#x}, where the kernel does not see a task: \
                compile it with -fno-optimize-sibling-calls"
            ),
        ),
    }
}

fn code<'a>(elf: &Elf<'a>, replacement: &Replacement) -> Option<&'a [u8]> {
    let start = usize::try_from(replacement.place.offset).ok()?;
    let end = start.checked_add(usize::try_from(replacement.size).ok()?)?;
    elf.bytes(replacement.place.section).get(start..end)
}

/// Whether what ends here is the opcode of a jump with an operand of 32 bits.
fn is_jump(before: &[u8]) -> bool {
    match before {
        [.., 0xe9] => true,
        [.., 0x0f, condition] => condition & 0xf0 == 0x80,
        _ => false,
    }
}

/// In the replacement itself, or in another one, whose tasks are looked for as well.
fn is_seen(replacement: &Replacement, target: Place, starts: &BTreeSet<Place>) -> bool {
    let start = replacement.place;
    let is_inside = target.section == start.section
        && target.offset.wrapping_sub(start.offset) < replacement.size;
    is_inside || starts.contains(&target)
}

/// The assembler fills in what is in the same section. Without knowing where instructions begin: any
/// bytes that would be a jump to where a function begins.
fn unresolved_jump<'a>(
    elf: &Elf<'a>,
    replacement: &Replacement,
    code: &[u8],
    fields: &[(Place, Target<'a>)],
    starts: &BTreeSet<Place>,
) -> Option<(usize, &'a str)> {
    let start = replacement.place;
    let is_field = |at: usize| {
        let place = start.after(at as u64).offset;
        fields
            .iter()
            .any(|(field, _)| (field.offset..field.offset + 4).contains(&place))
    };
    (0..code.len()).find_map(|at| {
        let (size, distance) = match code[at..] {
            [0xe9, a, b, c, d, ..] => (5, i64::from(i32::from_le_bytes([a, b, c, d]))),
            [0x0f, condition, a, b, c, d, ..] if condition & 0xf0 == 0x80 => {
                (6, i64::from(i32::from_le_bytes([a, b, c, d])))
            }
            [0xeb, near, ..] => (2, i64::from(near as i8)),
            [condition, near, ..] if condition & 0xf0 == 0x70 => (2, i64::from(near as i8)),
            _ => return None,
        };
        if (at..at + size).any(is_field) {
            return None;
        }
        let target = Place {
            offset: start
                .after((at + size) as u64)
                .offset
                .wrapping_add_signed(distance),
            ..start
        };
        let function = elf.symbols_at(target).first()?;
        (!is_seen(replacement, target, starts)).then_some((at, function.name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_are_told_from_calls_and_loads() {
        assert!(is_jump(&[0xe9]));
        assert!(is_jump(&[0x90, 0x0f, 0x85]));
        for other in [&[0xe8][..], &[0x48, 0x8d, 0x3d], &[0x0f, 0x1f], &[]] {
            assert!(!is_jump(other), "{other:x?}");
        }
    }
}
