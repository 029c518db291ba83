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
use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic, OpKind};
use std::collections::{BTreeMap, BTreeSet};

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
    let fields: BTreeMap<u64, Target<'_>> = elf
        .references(replacement.place, replacement.size)
        .map(|(place, target)| (place.offset, target))
        .collect();
    for instruction in Decoder::with_ip(64, code, replacement.place.offset, DecoderOptions::NONE) {
        let at = instruction.ip() - replacement.place.offset;
        if instruction.is_invalid() {
            let why = format!("'{name}' has bytes at +{at:#x} that are no instruction: where it jumps to from there is not known");
            return (Status::Unknown, why);
        }
        let target = jumps_to(&instruction, &fields, replacement.place);
        let is_out = |target: &Place| {
            elf.section_name(target.section) != REPLACED && !is_seen(replacement, *target, starts)
        };
        if let Some(target) = target.filter(is_out) {
            let what = elf.function_around(target).unwrap_or("code without a name");
            return (
                Status::Failed,
                format!(
                    "'{name}' jumps to '{what}' at +{at:#x}: the kernel does not see a task in there, and \
                    could free the code under it; compile it with -fno-optimize-sibling-calls \
                    -fno-reorder-blocks-and-partition"
                ),
            );
        }
    }
    (Status::Ok, "jumps to nothing else in the module".to_owned())
}

/// Where a jump in the module leads to: the assembler has filled in what is in the same section.
fn jumps_to(
    instruction: &Instruction,
    fields: &BTreeMap<u64, Target<'_>>,
    start: Place,
) -> Option<Place> {
    let is_branch = instruction.op0_kind() == OpKind::NearBranch64;
    if !is_branch || instruction.mnemonic() == Mnemonic::Call {
        return None;
    }
    match fields.range(instruction.ip()..instruction.next_ip()).next() {
        Some((_, Target::Inside(target))) => Some(target.after(4)),
        Some((_, _)) => None,
        None => Some(Place {
            offset: instruction.near_branch_target(),
            ..start
        }),
    }
}

fn code<'a>(elf: &Elf<'a>, replacement: &Replacement) -> Option<&'a [u8]> {
    let start = usize::try_from(replacement.place.offset).ok()?;
    let end = start.checked_add(usize::try_from(replacement.size).ok()?)?;
    elf.bytes(replacement.place.section).get(start..end)
}

/// In the replacement itself, or in another one, whose tasks are looked for as well.
fn is_seen(replacement: &Replacement, target: Place, starts: &BTreeSet<Place>) -> bool {
    let start = replacement.place;
    let is_inside = target.section == start.section
        && target.offset.wrapping_sub(start.offset) < replacement.size;
    is_inside || starts.contains(&target)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(code: &[u8]) -> Vec<u64> {
        let start = Place {
            section: 1,
            offset: 0x100,
        };
        let decoder = Decoder::with_ip(64, code, start.offset, DecoderOptions::NONE);
        let all = decoder.into_iter();
        all.filter_map(|one| Some(jumps_to(&one, &BTreeMap::new(), start)?.offset))
            .collect()
    }

    #[test]
    fn jumps_are_told_from_calls_and_from_operands_that_look_like_them() {
        assert_eq!(targets(&[0xe9, 0x10, 0, 0, 0]), [0x115]);
        assert_eq!(targets(&[0x90, 0x0f, 0x85, 0, 0, 0, 0]), [0x107]);
        assert_eq!(targets(&[0xeb, 0xfe, 0x75, 0]), [0x100, 0x104]);
        for other in [
            &[0xe8, 0, 0, 0, 0][..],
            &[0xb8, 0xe9, 0x10, 0, 0, 0x90, 0x90],
            &[0x48, 0x8d, 0x3d, 0xeb, 0, 0, 0],
        ] {
            assert!(targets(other).is_empty(), "{other:x?}");
        }
    }
}
