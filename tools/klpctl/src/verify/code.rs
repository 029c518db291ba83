// SPDX-License-Identifier: GPL-2.0

//! What the code of a module shows: whether replacements stay on the stack, and what may panic.

use super::{Finding, Status};
use crate::{
    elf::{Elf, Place, Target},
    patch::{Patch, Replacement},
};
use std::collections::BTreeSet;

/// Checks the trampolines of a Rust livepatch. Those that are not there cannot be wrong: in C, and
/// with other tools, a replacement is entered directly.
pub fn trampolines(elf: &Elf<'_>, patch: &Patch) -> Vec<Finding> {
    patch
        .rust_functions()
        .filter_map(|(object, function)| {
            // Without its symbol it is stripped, which is said once.
            let replacement = function
                .replacement
                .as_ref()
                .filter(|found| found.size > 0)?;
            let subject = format!("{object}:{function}");
            Some(match trampoline(elf, replacement) {
                Ok(()) => Finding::new(
                    "trampoline",
                    subject,
                    Status::Ok,
                    "stays on the stack \
                    while the replacement runs",
                ),
                Err(what) => Finding::new(
                    "trampoline",
                    subject,
                    Status::Failed,
                    format!(
                        "'{}' is \
                    not the trampoline that the crate emits: {what}; a task that sleeps in it \
                    could be overlooked, and its code freed under it: build the module again, with \
                    klp::livepatch!",
                        replacement.name
                    ),
                ),
            })
        })
        .collect()
}

/// `endbr64`, the ftrace site, a frame, the call, and the return.
fn trampoline(elf: &Elf<'_>, replacement: &Replacement) -> Result<(), String> {
    let start = replacement.place;
    let section = elf.bytes(start.section);
    let end = start.offset.saturating_add(replacement.size) as usize;
    let code = section
        .get(start.offset as usize..end)
        .ok_or("it lies outside of its section")?;
    let mut cursor = Cursor {
        elf,
        code,
        start,
        at: 0,
    };
    cursor.skip(&[0xf3, 0x0f, 0x1e, 0xfa]);
    let site = cursor.at;
    if !cursor.branch(0xe8, |target| target == Target::Outside("__fentry__"))
        && !cursor.skip(&[0x0f, 0x1f, 0x44, 0, 0])
    {
        return Err(format!("no call of __fentry__ at +{site:#x}"));
    }
    if !cursor.skip(&[0x55, 0x48, 0x89, 0xe5]) {
        return Err(format!("it makes no frame at +{:#x}", cursor.at));
    }
    let body = format!("{}.body", replacement.name);
    if !cursor.branch(0xe8, |target| is_at(elf, target, &body)) {
        return Err(format!("it does not call '{body}' at +{:#x}", cursor.at));
    }
    if !cursor.skip(&[0x5d]) {
        return Err(format!(
            "it does not take its frame down at +{:#x}",
            cursor.at
        ));
    }
    let returns = cursor.branch(0xe9, |target| {
        target == Target::Outside("__x86_return_thunk")
    }) || cursor.skip(&[0xc3, 0xcc])
        || cursor.skip(&[0xc3]);
    if !returns || cursor.at != code.len() {
        return Err(format!("it does not return at +{:#x}", cursor.at));
    }
    Ok(())
}

/// A branch is relative to its end, 4 bytes after what is relocated.
fn is_at(elf: &Elf<'_>, target: Target<'_>, name: &str) -> bool {
    match target {
        Target::Inside(place) => {
            let symbols = elf.symbols_at(place.after(4));
            symbols.iter().any(|symbol| symbol.name == name)
        }
        Target::Outside(_) => false,
    }
}

struct Cursor<'a, 'e> {
    elf: &'e Elf<'a>,
    code: &'a [u8],
    start: Place,
    at: usize,
}

impl Cursor<'_, '_> {
    fn skip(&mut self, bytes: &[u8]) -> bool {
        let found = self.code[self.at..].starts_with(bytes);
        self.at += if found { bytes.len() } else { 0 };
        found
    }

    fn branch(&mut self, opcode: u8, is_right: impl Fn(Target<'_>) -> bool) -> bool {
        let operand = self.start.after(self.at as u64 + 1);
        let target = self
            .elf
            .references(operand, 1)
            .next()
            .map(|(_, target)| target);
        let found = self.code.get(self.at) == Some(&opcode)
            && self.code.len() >= self.at + 5
            && target.is_some_and(is_right);
        self.at += if found { 5 } else { 0 };
        found
    }
}

/// Lists what may panic. The kernel is stopped by a panic in a patch as by one of its own.
pub fn panics(elf: &Elf<'_>) -> Finding {
    let mut found = BTreeSet::new();
    for section in elf.code() {
        let start = Place { section, offset: 0 };
        for (place, target) in elf.references(start, elf.size(section)) {
            let Some(name) = symbol(elf, target).filter(|name| panics_by_name(name)) else {
                continue;
            };
            let function = elf.function_around(place).unwrap_or("?");
            found.insert(format!(
                "{:#} in {:#}",
                rustc_demangle::demangle(name),
                rustc_demangle::demangle(function)
            ));
        }
    }
    if found.is_empty() {
        return Finding::new(
            "panics",
            "code",
            Status::Ok,
            "no reference to panicking code",
        );
    }
    let list: Vec<_> = found.into_iter().collect();
    let message = format!(
        "it refers to code that panics, which stops the kernel: {}; handle the \
        case, as with get() for an index or checked_add() for a sum",
        list.join(", ")
    );
    Finding::new("panics", "code", Status::Warning, message)
}

fn symbol<'a>(elf: &Elf<'a>, target: Target<'a>) -> Option<&'a str> {
    match target {
        Target::Outside(name) => Some(name),
        Target::Inside(place) => elf
            .symbols_at(place.after(4))
            .first()
            .map(|symbol| symbol.name),
    }
}

/// Rust's own, by their mangled names.
fn panics_by_name(name: &str) -> bool {
    const PARTS: [&str; 6] = [
        "9panicking",
        "13unwrap_failed",
        "13expect_failed",
        "_len_fail",
        "index_order_fail",
        "rust_begin_unwind",
    ];
    name.starts_with("_R") && PARTS.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests;
