// SPDX-License-Identifier: GPL-2.0

//! How a function begins that the kernel can redirect.

/// What a function begins with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// Its ftrace site.
    Site,
    /// An `endbr64`, and its ftrace site.
    Marked,
    /// A breakpoint, which the kernel has there while it changes the site.
    Changing,
    /// Something else.
    Other,
}

/// `endbr64`, as a number.
const ENDBR64: u32 = 0xfa1e_0ff3;
/// What the kernel makes of those that it does not need.
///
/// C source: `gen_endbr_poison()` of `arch/x86/include/asm/ibt.h`
const POISON: u32 = 0xd640_1f0f;
/// The beginning of the `nop` of 5 bytes that an ftrace site is while nobody traces.
const NOP: u32 = 0x0044_1f0f;
const CALL: u8 = 0xe8;
/// To a BPF program's trampoline that calls the function itself (`CONFIG_DYNAMIC_FTRACE_WITH_JMP`). A function that is compiled
/// with a jump in the place of its site has none, and cannot be patched.
const JUMP: u8 = 0xe9;
const BREAKPOINT: u8 = 0xcc;

impl Start {
    /// By the function's first bytes.
    pub(super) const fn of(bytes: u64) -> Self {
        let (first, second) = (bytes as u32, (bytes >> 32) as u32);
        match first {
            ENDBR64 | POISON => Self::with_site(second, Self::Marked),
            _ => Self::with_site(first, Self::Site),
        }
    }

    const fn with_site(bytes: u32, start: Self) -> Self {
        match bytes as u8 {
            CALL | JUMP => start,
            BREAKPOINT => Self::Changing,
            _ if bytes == NOP => start,
            _ => Self::Other,
        }
    }
}

#[allow(dead_code)]
const fn begins(bytes: &[u8; 8], start: Start) {
    assert!(Start::of(u64::from_le_bytes(*bytes)) as u8 == start as u8);
}

const _: () = {
    begins(b"\xe8\x01\x02\x03\x04\x55\x48\x89", Start::Site);
    begins(b"\xe9\x01\x02\x03\x04\x55\x48\x89", Start::Site);
    begins(b"\x0f\x1f\x40\xd6\xe9\x01\x02\x03", Start::Marked);
    begins(b"\x0f\x1f\x44\x00\x00\x55\x48\x89", Start::Site);
    begins(b"\xf3\x0f\x1e\xfa\xe8\x01\x02\x03", Start::Marked);
    begins(b"\xf3\x0f\x1e\xfa\x0f\x1f\x44\x00", Start::Marked);
    begins(b"\x0f\x1f\x40\xd6\x0f\x1f\x44\x00", Start::Marked);
    begins(b"\xcc\x1f\x44\x00\x00\x55\x48\x89", Start::Changing);
    begins(b"\xf3\x0f\x1e\xfa\xcc\x01\x02\x03", Start::Changing);
    begins(b"\xf3\x0f\x1e\xfa\x55\x48\x89\xe5", Start::Other);
    begins(b"\x90\xe8\x01\x02\x03\x04\x55\x48", Start::Other);
    begins(b"\x55\x48\x89\xe5\xe8\x01\x02\x03", Start::Other);
};
