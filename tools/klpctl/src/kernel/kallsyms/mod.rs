// SPDX-License-Identifier: GPL-2.0

//! The kernel's own table of symbols, in its image.
//!
//! Nothing in the image points to it. It is found by one of its parts: the table of 256 tokens has
//! those of the digits beside each other, and the table of the tokens' offsets follows.
//!
//! C sources: `scripts/kallsyms.c` (which writes it), `kernel/kallsyms.c` (which reads it)

mod addresses;
mod names;
#[cfg(test)]
mod tests;

use super::image::Image;
use anyhow::{Context, Result};
use std::collections::HashMap;

/// A symbol: its address, its kind as `nm` has it, its name.
pub struct Entry {
    /// The address.
    pub address: u64,
    /// Its kind.
    pub kind: u8,
    /// Its name.
    pub name: String,
}

/// The table.
pub struct Table<'a> {
    tokens: Vec<&'a [u8]>,
    /// Each name, as tokens.
    names: Vec<&'a [u8]>,
    /// The symbols' addresses, in their order.
    pub addresses: Vec<u64>,
}

impl Table<'_> {
    /// All symbols, by address. What is no name is an empty one.
    pub fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        let mut text = Vec::new();
        let named = self.names.iter().zip(&self.addresses);
        named.map(move |(name, &address)| {
            let (kind, name) = expand(&self.tokens, name, &mut text);
            Entry {
                address,
                kind,
                name: String::from_utf8(name.to_vec()).unwrap_or_default(),
            }
        })
    }

    /// The addresses of those that have one of the names; of one name, the first.
    pub fn first_of(&self, wanted: &[&'static str]) -> HashMap<&'static str, u64> {
        let may_be_wanted = |(name, _): &(&&[u8], _)| {
            let mut letters = name
                .iter()
                .flat_map(|&token| self.tokens[usize::from(token)]);
            let initial = letters.nth(1);
            wanted.iter().any(|name| name.as_bytes().first() == initial)
        };
        let mut text = Vec::new();
        let mut found = HashMap::new();
        let named = self.names.iter().zip(&self.addresses);
        for (name, &address) in named.filter(may_be_wanted) {
            let (_, name) = expand(&self.tokens, name, &mut text);
            if let Some(known) = wanted.iter().find(|known| known.as_bytes() == name) {
                found.entry(*known).or_insert(address);
            }
        }
        found
    }
}

/// Finds an image's table.
pub fn read(image: &Image) -> Result<Table<'_>> {
    let part = Part {
        bytes: image
            .section(".rodata")
            .context("it has no section .rodata")?,
        address: image.address(".rodata").unwrap_or_default(),
    };
    let text = image.address(".text").context("it has no section .text")?;
    find(part, text)
}

/// The part of the kernel that the table is in.
#[derive(Clone, Copy)]
struct Part<'a> {
    bytes: &'a [u8],
    address: u64,
}

fn find(part: Part<'_>, text: u64) -> Result<Table<'_>> {
    let (tokens, table) = find_tokens(part.bytes).context(
        "it has no table of symbols: CONFIG_KALLSYMS is off, or of a form that is not known",
    )?;
    let before = &part.bytes[..table.start];
    let names = names::before_markers(before)
        .or_else(|| names::after_base(before, text))
        .context("the names in its table of symbols are not found")?;
    let addresses = addresses::find(part, names.number..table.end, names.all.len(), text)
        .context("the addresses in its table of symbols are not in order")?;
    Ok(Table {
        tokens,
        names: names.all,
        addresses,
    })
}

/// The kind and the name that the tokens are, in memory that is used again.
fn expand<'t>(tokens: &[&[u8]], name: &[u8], text: &'t mut Vec<u8>) -> (u8, &'t [u8]) {
    text.clear();
    for &token in name {
        text.extend_from_slice(tokens[usize::from(token)]);
    }
    match text.split_first() {
        Some((&kind, name)) => (kind, name),
        None => (b'?', &[]),
    }
}

/// The tokens, and where the tables of tokens and of their offsets are.
fn find_tokens(bytes: &[u8]) -> Option<(Vec<&[u8]>, std::ops::Range<usize>)> {
    const DIGITS: &[u8] = b"0\x001\x002\x003\x004\x005\x006\x007\x008\x009\x00";
    memchr::memmem::find_iter(bytes, DIGITS).find_map(|digits| {
        let mut start = digits;
        for _ in 0..usize::from(b'0') {
            start = 1 + memchr::memrchr(0, bytes.get(..start.checked_sub(1)?)?)?;
        }
        let tokens: Vec<_> = bytes[start..].split(|&byte| byte == 0).take(256).collect();
        let mut offsets = Vec::with_capacity(512);
        let mut len = 0usize;
        for token in &tokens {
            offsets.extend_from_slice(&u16::try_from(len).ok()?.to_le_bytes());
            len += token.len() + 1;
        }
        let end = start + len;
        let behind = bytes.get(end..)?;
        let behind = &behind[..behind.len().min(offsets.len() + 16)];
        let index = memchr::memmem::find(behind, &offsets)?;
        (tokens.len() == 256).then_some((tokens, start..end + index + 512))
    })
}
