// SPDX-License-Identifier: GPL-2.0

//! What a function of the kernel's calls, by its code: static functions too, but nothing by a pointer.

use crate::proof::Memory;
use iced_x86::{Decoder, DecoderOptions, OpKind};
use std::collections::{BTreeMap, BTreeSet};

/// No function is larger.
const LARGEST: u64 = 1 << 20;

/// The names of a function, each with its position: 0 where there is one of the name.
pub type Names = Vec<(String, u64)>;

/// The code of the kernel or of a module.
pub struct Code<'m> {
    memory: &'m Memory,
    names: BTreeMap<u64, Vec<(&'m str, u64)>>,
}

impl<'m> Code<'m> {
    /// That of an object.
    pub fn of(memory: &'m Memory) -> Self {
        Self {
            names: memory.names(),
            memory,
        }
    }

    /// What the function at a position of its name calls and jumps to, each once, in this order.
    pub fn called_by(&self, name: &str, position: u64) -> Vec<Names> {
        let at = usize::try_from(position.max(1) - 1).unwrap_or(usize::MAX);
        let Some(&start) = self.memory.named(name).get(at) else {
            return Vec::new();
        };
        let piece = format!("{name}.");
        let (mut open, mut seen) = (vec![start], BTreeSet::from([start]));
        let mut called = Vec::new();
        while let Some(start) = open.pop() {
            for target in self.targets(start) {
                let Some(names) = self.names.get(&target) else {
                    continue;
                };
                if !seen.insert(target) {
                    continue;
                }
                // A piece of it that the compiler has put elsewhere.
                if names.iter().any(|(name, _)| name.starts_with(&piece)) {
                    open.push(target);
                    continue;
                }
                let names = names.iter();
                called.push(names.map(|(name, at)| ((*name).to_owned(), *at)).collect());
            }
        }
        called
    }

    /// Where the branches of a function lead that leave it.
    fn targets(&self, start: u64) -> Vec<u64> {
        let next = self.names.range(start + 1..).next();
        let end = next.map_or(start, |(&next, _)| next.min(start + LARGEST));
        let code = self.memory.at(start..end).unwrap_or_default();
        let instructions = Decoder::with_ip(64, code, start, DecoderOptions::NONE).into_iter();
        instructions
            .filter(|instruction| {
                instruction.op_count() == 1 && instruction.op0_kind() == OpKind::NearBranch64
            })
            .map(|instruction| instruction.near_branch64())
            .filter(|target| !(start..end).contains(target))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `call` or `jmp`, from an offset to an offset.
    fn branch(code: &mut [u8], operation: u8, from: usize, to: usize) {
        code[from] = operation;
        let distance = to as i32 - (from as i32 + 5);
        code[from + 1..from + 5].copy_from_slice(&distance.to_le_bytes());
    }

    #[test]
    fn calls_and_jumps_are_found_in_a_function_and_its_pieces_elsewhere() {
        const CALL: u8 = 0xe8;
        const JUMP: u8 = 0xe9;
        let mut code = [0x90; 0x60];
        branch(&mut code, CALL, 0x00, 0x30); // f calls g
        branch(&mut code, CALL, 0x05, 0x30); // again
        branch(&mut code, JUMP, 0x0a, 0x0f); // inside of it
        branch(&mut code, JUMP, 0x0f, 0x20); // its piece
        branch(&mut code, CALL, 0x20, 0x40); // which calls the second h
        branch(&mut code, JUMP, 0x25, 0x00); // and goes back
        branch(&mut code, CALL, 0x30, 0x50); // g calls what has no name
        let names = [
            ("f", 0x1000),
            ("f.cold", 0x1020),
            ("g", 0x1030),
            ("h", 0x1038),
            ("h", 0x1040),
            ("alias", 0x1040),
        ];
        let memory = Memory::of_code(0x1000, &code, &names);
        let found = Code::of(&memory);
        let mut called = found.called_by("f", 0);
        called.iter_mut().for_each(|names| names.sort());
        let name = |name: &str, position| (name.to_owned(), position);
        assert_eq!(
            called,
            [vec![name("g", 0)], vec![name("alias", 0), name("h", 2)]]
        );
        assert!(found.called_by("g", 0).is_empty());
        assert!(found.called_by("none", 0).is_empty() && found.called_by("h", 3).is_empty());
    }
}
