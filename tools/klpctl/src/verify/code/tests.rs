// SPDX-License-Identifier: GPL-2.0

use super::*;
use crate::link::tests::Module;
use object::elf::R_X86_64_PLT32;

/// What the crate emits, and the body behind it.
const TRAMPOLINE: [u8; 25] = [
    0xf3, 0x0f, 0x1e, 0xfa, // endbr64
    0xe8, 0, 0, 0, 0,    // call __fentry__
    0x55, // push %rbp
    0x48, 0x89, 0xe5, // mov %rsp, %rbp
    0xe8, 0, 0, 0, 0,    // call f.body
    0x5d, // pop %rbp
    0xe9, 0, 0, 0, 0, // jmp __x86_return_thunk
    0xc3,
];
const BODY: u64 = 24;

/// Of code that calls the function behind it, by that name.
fn judged(code: &[u8], size: u64, called: &'static str) -> Result<(), String> {
    let bytes = Module::new()
        .with_section(
            ".text",
            code,
            &[
                (5, "__fentry__", R_X86_64_PLT32),
                (14, called, R_X86_64_PLT32),
                (20, "__x86_return_thunk", R_X86_64_PLT32),
            ],
        )
        .with_place(called, ".text", BODY)
        .bytes();
    let elf = Elf::parse(&bytes).unwrap();
    let place = Place {
        section: elf.section(".text").unwrap(),
        offset: 0,
    };
    let replacement = Replacement {
        name: "f".to_owned(),
        size,
        place,
        body: None,
    };
    trampoline(&elf, &replacement)
}

fn with(changes: &[(usize, u8)]) -> Result<(), String> {
    let mut code = TRAMPOLINE;
    for &(at, byte) in changes {
        code[at] = byte;
    }
    judged(&code, BODY, "f.body")
}

#[test]
fn what_the_crate_emits_is_a_trampoline() {
    assert_eq!(with(&[]), Ok(()));
}

#[test]
fn nothing_else_is_one() {
    for (changes, why) in [
        (&[(4, 0x90)][..], "no call of __fentry__ at +0x4"),
        (&[(9, 0x90)], "it makes no frame at +0x9"),
        (&[(12, 0xec)], "it makes no frame at +0x9"),
        (&[(13, 0xe9)], "it does not call 'f.body' at +0xd"),
        (&[(18, 0x90)], "it does not take its frame down at +0x12"),
        (&[(19, 0xe8)], "it does not return at +0x13"),
    ] {
        assert_eq!(with(changes), Err(why.to_owned()), "{changes:x?}");
    }
    for (size, called, why) in [
        (BODY + 1, "f.body", "it does not return at +0x18"),
        (BODY + 2, "f.body", "it lies outside of its section"),
        (BODY, "g.body", "it does not call 'f.body' at +0xd"),
    ] {
        assert_eq!(judged(&TRAMPOLINE, size, called), Err(why.to_owned()));
    }
}
