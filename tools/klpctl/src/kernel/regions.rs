// SPDX-License-Identifier: GPL-2.0

//! What is where in a kernel, as its linker script marks it.
//!
//! C sources: `arch/x86/kernel/vmlinux.lds.S`, `include/asm-generic/sections.h`

use super::Kind;
use std::ops::Range;

/// The parts of a kernel by their addresses. One that is not marked is empty.
pub struct Regions {
    text: Range<u64>,
    init: Range<u64>,
    per_cpu: Range<u64>,
    read_only: Range<u64>,
}

impl Regions {
    /// The linker script's symbols at the beginning and the end of each.
    pub const MARKS: [[&str; 2]; 4] = [
        ["_text", "_etext"],
        ["__init_begin", "__init_end"],
        ["__per_cpu_start", "__per_cpu_end"],
        ["__start_rodata", "__end_rodata"],
    ];

    /// Finds them by the addresses of their marks.
    pub fn new(address: impl Fn(&str) -> Option<u64>) -> Self {
        let range = |[start, end]: [&str; 2]| match (address(start), address(end)) {
            (Some(start), Some(end)) => start..end,
            _ => 0..0,
        };
        let [text, init, per_cpu, read_only] = Self::MARKS.map(range);
        Self {
            text,
            init,
            per_cpu,
            read_only,
        }
    }

    /// What a symbol is, by its address and by its letter in `/proc/kallsyms`. Without regions, where addresses are
    /// hidden, it is what the letter says.
    pub fn kind(&self, letter: u8, address: u64) -> Kind {
        let letter = letter.to_ascii_lowercase();
        let is_code = matches!(letter, b't' | b'w');
        if self.per_cpu.contains(&address) {
            return Kind::PerCpu;
        }
        if self.init.contains(&address) {
            return if is_code { Kind::Init } else { Kind::InitData };
        }
        let in_text = self.text.is_empty() || self.text.contains(&address);
        match letter {
            b'a' => Kind::Absolute,
            _ if is_code && in_text => Kind::Function,
            b'r' => Kind::ReadOnly,
            _ if self.read_only.contains(&address) => Kind::ReadOnly,
            _ => Kind::Data,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(name: &str) -> Option<u64> {
        Some(match name {
            "__per_cpu_start" => 0,
            "__per_cpu_end" => 0x100,
            "_text" => 0x1000,
            "_etext" => 0x2000,
            "__start_rodata" => 0x3000,
            "__end_rodata" => 0x4000,
            "__init_begin" => 0x5000,
            "__init_end" => 0x6000,
            _ => return None,
        })
    }

    #[test]
    fn what_a_symbol_is_goes_by_its_region_and_then_by_its_letter() {
        let regions = Regions::new(marks);
        for (letter, address, kind) in [
            (b'T', 0x1000, Kind::Function),
            (b'W', 0x1fff, Kind::Function),
            (b'W', 0x3000, Kind::ReadOnly),
            (b'W', 0x4800, Kind::Data),
            (b't', 0x5000, Kind::Init),
            (b'd', 0x5fff, Kind::InitData),
            (b'D', 0x6000, Kind::Data),
            (b'b', 0x7000, Kind::Data),
            (b'D', 0x3800, Kind::ReadOnly),
            (b'r', 0x4800, Kind::ReadOnly),
            (b'A', 0x80, Kind::PerCpu),
            (b'A', 0x800, Kind::Absolute),
        ] {
            let name = letter as char;
            assert_eq!(
                regions.kind(letter, address),
                kind,
                "{name} at {address:#x}"
            );
        }
    }

    #[test]
    fn where_addresses_are_hidden_the_letter_counts() {
        let regions = Regions::new(|_| Some(0));
        assert_eq!(regions.kind(b't', 0), Kind::Function);
        assert_eq!(regions.kind(b'R', 0), Kind::ReadOnly);
        assert_eq!(regions.kind(b'B', 0), Kind::Data);
    }
}
