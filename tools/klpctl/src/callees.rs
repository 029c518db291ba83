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
