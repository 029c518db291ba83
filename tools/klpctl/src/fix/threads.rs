// SPDX-License-Identifier: GPL-2.0

//! Functions that kernel threads run. A thread is in there for as long as it is, and no transition ends before that.

use super::boot::functions_by_section;
use object::{
    read::elf::ElfFile64, LittleEndian, Object, ObjectSection, ObjectSymbol, Relocation,
    RelocationTarget,
};
use std::collections::BTreeSet;

const STARTS: [&str; 4] = [
    "kthread_create_on_node",
    "kthread_create_on_cpu",
    "kernel_thread",
    "user_mode_thread",
];
/// `mov $ADDRESS, %rdi` and `lea ADDRESS(%rip), %rdi`, before the address.
const FIRST_ARGUMENT: [[u8; 3]; 2] = [[0x48, 0xc7, 0xc7], [0x48, 0x8d, 0x3d]];
/// How far the first argument is from the call, at most: some others stand between.
const REACH: u64 = 64;

/// Those of a unit's functions, each in a section of its own, whose address is passed to what starts a thread.
pub fn threads(object: &[u8]) -> Result<BTreeSet<String>, object::Error> {
    let file = ElfFile64::<LittleEndian>::parse(object)?;
    let functions = functions_by_section(&file, |_| true);
    let mut found = BTreeSet::new();
    for section in file.sections() {
        let name = section.name()?;
        if !name.starts_with(".text") && !name.starts_with(".init.text") {
            continue;
        }
        let code = section.data()?;
        let symbol = |relocation: &Relocation| match relocation.target() {
            RelocationTarget::Symbol(index) => file.symbol_by_index(index).ok(),
            _ => None,
        };
        let mut passed = None;
        for (place, relocation) in section.relocations() {
            let Some(symbol) = symbol(&relocation) else {
                continue;
            };
            if is_first_argument(code, place) {
                passed = symbol.section_index().map(|section| (place, section));
            }
            let starts = symbol.name().is_ok_and(|name| STARTS.contains(&name));
            if let Some((_, target)) = passed.filter(|(at, _)| starts && place - at < REACH) {
                found.extend(functions.get(&target).map(|name| (*name).to_owned()));
            }
        }
    }
    Ok(found)
}

fn is_first_argument(code: &[u8], place: u64) -> bool {
    let place = place as usize;
    let before = place
        .checked_sub(3)
        .and_then(|start| code.get(start..place));
    before.is_some_and(|before| FIRST_ARGUMENT.iter().any(|known| known == before))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::tests::Module;
    use object::elf::{R_X86_64_32S, R_X86_64_PLT32};

    fn found(
        code: [u8; 16],
        relocations: &[(u64, &'static str, object::elf::RelocationType)],
    ) -> Vec<String> {
        let module = Module::new()
            .with_section(".text.worker", [0xc3; 16], &[])
            .with_section(".text.start", code, relocations)
            .with_place("worker", ".text.worker", 0)
            .bytes();
        threads(&module).unwrap().into_iter().collect()
    }

    #[test]
    fn what_is_passed_to_the_start_of_a_thread_is_run_by_it() {
        let mut code = [0x90; 16];
        code[..3].copy_from_slice(&FIRST_ARGUMENT[0]);
        code[7] = 0xe8;
        let argument = (3, "worker", R_X86_64_32S);
        let start = (8, "kthread_create_on_node", R_X86_64_PLT32);
        assert_eq!(found(code, &[argument, start]), ["worker"]);
        assert!(found(code, &[argument, (8, "printk", R_X86_64_PLT32)]).is_empty());
        code[2] = 0xc6; // %rsi
        assert!(found(code, &[argument, start]).is_empty());
    }
}
