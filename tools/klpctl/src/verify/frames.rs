// SPDX-License-Identifier: GPL-2.0

//! How much of the kernel's stack each function of a module takes at once.
//!
//! objtool has written it down, for the kernel's unwinder, in 16 bits and where the stack pointer
//! itself holds the frame; what is larger, or aligned, shows in the instruction that makes room for
//! it.
//!
//! C header: `arch/x86/include/asm/orc_types.h`

use super::{Finding, Status};
use crate::elf::{Elf, Place, Target};
use std::collections::BTreeMap;

/// From here on the kernel's own build warns.
const LARGE: u64 = 2 << 10;
/// Half of a stack on x86-64.
const TOO_LARGE: u64 = 8 << 10;
/// `sizeof(struct orc_entry)`
const ORC_ENTRY: u64 = 6;

/// Says which functions take much.
pub fn check(elf: &Elf<'_>) -> Vec<Finding> {
    let frames = frames(elf);
    let findings: Vec<_> = frames
        .iter()
        .filter_map(|(place, &size)| judge(elf, *place, size))
        .collect();
    if !findings.is_empty() {
        return findings;
    }
    let message = "none takes 2 KiB of the stack";
    vec![Finding::new("frames", "code", Status::Ok, message)]
}

fn judge(elf: &Elf<'_>, function: Place, size: u64) -> Option<Finding> {
    let (status, why) = match size {
        TOO_LARGE.. => (
            Status::Failed,
            "half of the kernel's stack and more: what called it, what it calls, and interrupts \
            have to do with the rest, and a stack that overflows stops the kernel",
        ),
        LARGE.. => (
            Status::Warning,
            "much of the kernel's stack of 16384, whoever calls it and whatever it calls",
        ),
        _ => return None,
    };
    let name = elf.function_around(function).unwrap_or("?");
    let message =
        format!("it takes {size} bytes, {why}; allocate what is large, as with KBox or KVec");
    let name = format!("{:#}", rustc_demangle::demangle(name));
    Some(Finding::new("frames", name, status, message))
}

/// The largest frame that each function has.
fn frames(elf: &Elf<'_>) -> BTreeMap<Place, u64> {
    let mut frames = BTreeMap::new();
    let made = elf.code().flat_map(|section| made_in_code(elf, section));
    for (place, size) in made.chain(unwound(elf)) {
        if let Some((function, _)) = elf.item_around(place) {
            let largest = frames.entry(function).or_default();
            *largest = size.max(*largest);
        }
    }
    frames
}

/// By `sub $SIZE,%rsp`, and by `lea -SIZE(%rsp),%r11` where each page is touched in turn.
fn made_in_code<'e>(elf: &'e Elf<'_>, section: usize) -> impl Iterator<Item = (Place, u64)> + 'e {
    const SUB: [u8; 3] = [0x48, 0x81, 0xec];
    const LEA: [u8; 4] = [0x4c, 0x8d, 0x9c, 0x24];
    let bytes = elf.bytes(section);
    let number = |at: usize| {
        let bytes = bytes.get(at..at + 4)?;
        Some(i64::from(i32::from_le_bytes(bytes.try_into().ok()?)))
    };
    memchr::memchr2_iter(SUB[0], LEA[0], bytes).filter_map(move |at| {
        let size = match &bytes[at..] {
            code if code.starts_with(&SUB) => number(at + SUB.len())?,
            code if code.starts_with(&LEA) => -number(at + LEA.len())?,
            _ => return None,
        };
        let place = Place {
            section,
            offset: at as u64,
        };
        Some((place, u64::try_from(size).ok()?))
    })
}

/// By objtool. The number of the register differs from kernel to kernel: it is the one that holds the
/// frame where nothing but the return address is in it.
fn unwound(elf: &Elf<'_>) -> Vec<(Place, u64)> {
    let sections = elf
        .section(".orc_unwind")
        .zip(elf.section(".orc_unwind_ip"));
    let Some((entries, places)) = sections else {
        return Vec::new();
    };
    let entry = |(at, target): (Place, Target<'_>)| {
        let Target::Inside(place) = target else {
            return None;
        };
        let offset = (at.offset / 4).checked_mul(ORC_ENTRY)?;
        let entry = elf.read::<{ ORC_ENTRY as usize }>(Place {
            section: entries,
            offset,
        })?;
        let size = i16::from_le_bytes([entry[0], entry[1]]);
        Some((place, u64::try_from(size).ok()?, entry[4] & 15))
    };
    let first = Place {
        section: places,
        offset: 0,
    };
    let known: Vec<_> = elf
        .references(first, elf.size(places))
        .filter_map(entry)
        .collect();
    let stack_pointer = known
        .iter()
        .find(|(_, size, _)| *size == 8)
        .map(|(.., register)| *register);
    let by_stack_pointer = known
        .into_iter()
        .filter(|(.., register)| Some(*register) == stack_pointer);
    by_stack_pointer
        .map(|(place, size, _)| (place, size))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::tests::Module;

    #[test]
    fn two_kib_are_much_and_half_a_stack_is_too_much() {
        let bytes = Module::new().bytes();
        let elf = Elf::parse(&bytes).unwrap();
        let place = Place {
            section: 0,
            offset: 0,
        };
        let status = |size| judge(&elf, place, size).map(|finding| finding.status);
        for (size, expected) in [
            (0, None),
            (2047, None),
            (2048, Some(Status::Warning)),
            (8191, Some(Status::Warning)),
            (8192, Some(Status::Failed)),
            (u64::MAX, Some(Status::Failed)),
        ] {
            assert_eq!(status(size), expected, "{size}");
        }
    }
}
