// SPDX-License-Identifier: GPL-2.0

//! Text put together at compile time, to be compared, stored, or refused with.

use self::Part::{Number, Str};
use core::ptr::copy_nonoverlapping;

/// What text is put together of.
#[derive(Clone, Copy)]
pub(crate) enum Part<'a> {
    Str(&'a str),
    Number(usize),
}

/// At most `N` bytes of text; what is too long is cut short.
#[derive(Clone, Copy)]
pub struct Text<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Text<N> {
    pub(crate) const fn new() -> Self {
        Self {
            bytes: [0; N],
            len: 0,
        }
    }

    /// That text.
    pub const fn named(text: &str) -> Self {
        Self::new().with(&[Str(text)])
    }

    /// That, and then the parts. All in one function, and without those of `core`: the compiler takes long over each call.
    pub(crate) const fn with(mut self, parts: &[Part<'_>]) -> Self {
        let mut i = 0;
        while i < parts.len() {
            match parts[i] {
                Str(text) => {
                    let room = N - self.len;
                    let len = if text.len() < room { text.len() } else { room };
                    let end = (&raw mut self.bytes).cast::<u8>().wrapping_add(self.len);
                    // SAFETY: There are so many bytes in both, and nothing else uses the buffer.
                    unsafe { copy_nonoverlapping(text.as_ptr(), end, len) };
                    self.len += len;
                }
                Number(mut number) => {
                    let mut unit = 1;
                    while number / unit >= 10 {
                        unit *= 10;
                    }
                    while unit > 0 && self.len < N {
                        self.bytes[self.len] = b'0' + (number / unit) as u8;
                        self.len += 1;
                        number %= unit;
                        unit /= 10;
                    }
                }
            }
            i += 1;
        }
        self
    }

    /// The bytes of what there is.
    pub(crate) const fn as_bytes(&self) -> &[u8] {
        self.bytes.split_at(self.len).0
    }

    /// What there is.
    pub const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.as_bytes()) {
            Ok(str) => str,
            Err(_) => "livepatch!: a name is too long or not UTF-8",
        }
    }
}

/// Refuses to compile; `panic!` takes a single string at compile time.
#[track_caller]
pub(crate) const fn refuse(parts: &[&str]) -> ! {
    let mut message = Text::<1024>::new();
    let mut i = 0;
    while i < parts.len() {
        message = message.with(&[Str(parts[i])]);
        i += 1;
    }
    panic!("{}", message.as_str())
}

pub(crate) const fn equal(a: &str, b: &str) -> bool {
    let (a, b, len) = (a.as_bytes(), b.as_bytes(), a.len());
    if len != b.len() {
        return false;
    }
    let mut i = 0;
    while i < len && a[i] == b[i] {
        i += 1;
    }
    i == len
}

/// FNV-1a.
pub(crate) const fn hash(text: &str) -> usize {
    let mut hash: usize = 0xcbf2_9ce4_8422_2325;
    let (bytes, len) = (text.as_bytes(), text.len());
    let mut i = 0;
    while i < len {
        hash = (hash ^ bytes[i] as usize).wrapping_mul(0x100_0000_01b3);
        i += 1;
    }
    hash ^ (hash >> 32)
}
