// SPDX-License-Identifier: GPL-2.0

//! A module's description of its patch, to be read from the file (`modinfo`) and, once the module
//! is loaded, from `/sys/module/<name>/notes/.note.klp-rs`.
//!
//! Both hold the same NUL-terminated strings `key=value`:
//!
//! | key           | value                                                                              |
//! |---------------|------------------------------------------------------------------------------------|
//! | `klp_replace` | the expression that decides whether the patch is cumulative, as the source has it  |
//! | `klp_func`    | `object:function`, or `object:function,sympos`; one for each function              |
//! | `klp_proto`   | `object:function(arguments) -> result` as the source has it; one for each function |

/// Strings in a module's `.modinfo` section.
#[repr(transparent)]
pub struct Modinfo<const N: usize>([u8; N]);

impl<const N: usize> Modinfo<N> {
    /// The strings of `text`, each of which ends in a NUL.
    pub const fn new(text: &str) -> Self {
        Self(bytes(text))
    }
}

/// An ELF note: `Elf64_Nhdr`, the owner's name, and a text.
#[repr(C, align(4))]
pub struct Note<const N: usize> {
    owner_len: u32,
    text_len: u32,
    version: u32,
    owner: [u8; 8],
    text: [u8; N],
}

impl<const N: usize> Note<N> {
    const OWNER: &'static str = "klp-rs\0";

    /// A note of `text`.
    pub const fn new(text: &str) -> Self {
        Self {
            owner_len: Self::OWNER.len() as u32,
            text_len: N as u32,
            version: 1,
            owner: bytes(Self::OWNER),
            text: bytes(text),
        }
    }
}

/// `text`, filled up with zeroes to `N` bytes. Fails to compile if it is longer. The compiler
/// breaks source text that it finds too long, so line breaks become spaces.
const fn bytes<const N: usize>(text: &str) -> [u8; N] {
    let text = text.as_bytes();
    let mut bytes = [0; N];
    let mut i = 0;
    while i < text.len() {
        bytes[i] = if text[i] == b'\n' { b' ' } else { text[i] };
        i += 1;
    }
    bytes
}
