// SPDX-License-Identifier: GPL-2.0

//! The debug information in a module's file.
#![no_main]

use klpctl::{
    elf::Elf,
    types::{read_dwarf, Wanted},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(elf) = Elf::parse(bytes) {
        let wanted = Wanted {
            functions: ["replacement".to_owned()].into(),
            ..Wanted::default()
        };
        let _ = read_dwarf(&elf, &wanted);
    }
});
