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
//! | `klp_state`   | `id:version`; one for each state                                                   |
//! | `klp_shadow`  | `id`; one for each shadow variable that belongs to a state                         |

use crate::{text::Text, State};

/// What is said of a state.
pub trait StateText {
    /// It, in a buffer.
    const BUFFER: Text<1024>;
    /// It.
    const TEXT: &'static str;
}

impl<S: State> StateText for S {
    const BUFFER: Text<1024> = {
        let mut text = Text::new()
            .with("klp_state=")
            .with_number(S::ID)
            .with(":")
            .with_number(S::VERSION as usize)
            .with("\0");
        assert!(
            S::SHADOWS.len() <= 30,
            "livepatch!: a state has more than 30 shadow variables"
        );
        let mut i = 0;
        while i < S::SHADOWS.len() {
            text = text
                .with("klp_shadow=")
                .with_number(S::SHADOWS[i])
                .with("\0");
            i += 1;
        }
        text
    };
    const TEXT: &'static str = Self::BUFFER.as_str();
}

/// How long the strings are together.
pub const fn len(texts: &[&str]) -> usize {
    let mut len = 0;
    let mut i = 0;
    while i < texts.len() {
        len += texts[i].len();
        i += 1;
    }
    len
}

/// Puts strings, each of which ends in a NUL, into the module's `.modinfo` section.
#[doc(hidden)]
#[macro_export]
macro_rules! __modinfo {
    ($name:ident, $texts:expr) => {
        #[used(compiler)]
        #[link_section = ".modinfo"]
        static $name: $crate::describe::Modinfo<{ $crate::describe::len($texts) }> =
            $crate::describe::Modinfo::new($texts);
    };
}

/// Strings in a module's `.modinfo` section.
#[repr(transparent)]
pub struct Modinfo<const N: usize>([u8; N]);

impl<const N: usize> Modinfo<N> {
    /// The strings of `texts`, each of which ends in a NUL.
    pub const fn new(texts: &[&str]) -> Self {
        Self(bytes(texts))
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

    /// A note of the strings of `texts`, each of which ends in a NUL.
    pub const fn new(texts: &[&str]) -> Self {
        Self {
            owner_len: Self::OWNER.len() as u32,
            text_len: N as u32,
            version: 1,
            owner: bytes(&[Self::OWNER]),
            text: bytes(texts),
        }
    }
}

/// The strings, filled up with zeroes to `N` bytes. Fails to compile if they are longer. The
/// compiler breaks source text that it finds too long, so line breaks become spaces.
const fn bytes<const N: usize>(texts: &[&str]) -> [u8; N] {
    let mut bytes = [0; N];
    let mut len = 0;
    let mut i = 0;
    while i < texts.len() {
        let text = texts[i].as_bytes();
        let mut j = 0;
        while j < text.len() {
            bytes[len] = if text[j] == b'\n' { b' ' } else { text[j] };
            len += 1;
            j += 1;
        }
        i += 1;
    }
    bytes
}
