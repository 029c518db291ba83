// SPDX-License-Identifier: GPL-2.0

//! Text put together at compile time, to be compared, stored, or refused with.

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
        Self::new().with(text)
    }

    pub(crate) const fn with(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut i = 0;
        while i < text.len() && self.len < N {
            self.bytes[self.len] = text[i];
            self.len += 1;
            i += 1;
        }
        self
    }

    pub(crate) const fn with_number(self, number: usize) -> Self {
        const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
        let text = if number >= 10 {
            self.with_number(number / 10)
        } else {
            self
        };
        text.with(DIGITS[number % 10])
    }

    /// What there is.
    pub const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.len).0) {
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
        message = message.with(parts[i]);
        i += 1;
    }
    panic!("{}", message.as_str())
}

pub(crate) const fn equal(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len()
}

/// FNV-1a.
pub(crate) const fn hash(text: &str) -> usize {
    let mut hash: usize = 0xcbf2_9ce4_8422_2325;
    let mut i = 0;
    while i < text.len() {
        hash = (hash ^ text.as_bytes()[i] as usize).wrapping_mul(0x100_0000_01b3);
        i += 1;
    }
    hash ^ (hash >> 32)
}
