// SPDX-License-Identifier: GPL-2.0

//! The kernel's own table of symbols, in its image.
//!
//! Nothing in the image points to it. It is found by one of its parts: the table of 256 tokens has
//! those of the digits beside each other, and the table of the tokens' offsets follows.
//!
//! C sources: `scripts/kallsyms.c` (which writes it), `kernel/kallsyms.c` (which reads it)

use super::image::Image;
use anyhow::{Context, Result};

/// A symbol: its address, its kind as `nm` has it, its name.
pub struct Entry {
    /// The address.
    pub address: u64,
    /// Its kind.
    pub kind: u8,
    /// Its name.
    pub name: String,
}

/// The longest name that the format has.
const LONGEST: usize = 0x3fff;

/// All symbols, by address.
pub fn read(image: &Image) -> Result<Vec<Entry>> {
    let bytes = image
        .section(".rodata")
        .context("it has no section .rodata")?;
    let start = image.address(".rodata").unwrap_or_default();
    let text = image.address(".text").context("it has no section .text")?;
    let (tokens, table) = find_tokens(bytes).context(
        "it has no table of symbols: CONFIG_KALLSYMS is off, or of a form that is not known",
    )?;
    let names = find_names(bytes, table.start)
        .context("the names in its table of symbols are not found")?;
    let addresses = addresses(bytes, start, table.end, names.len(), text)
        .context("the addresses in its table of symbols are not in order")?;
    Ok(names
        .into_iter()
        .zip(addresses)
        .filter_map(|(name, address)| entry(&tokens, name, address))
        .collect())
}

fn entry(tokens: &[&[u8]], name: &[u8], address: u64) -> Option<Entry> {
    let text: Vec<u8> = name
        .iter()
        .flat_map(|&token| tokens[usize::from(token)])
        .copied()
        .collect();
    let (&kind, name) = text.split_first()?;
    Some(Entry {
        address,
        kind,
        name: String::from_utf8(name.to_vec()).ok()?,
    })
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
        let index = memchr::memmem::find(bytes.get(end..end + 512 + 16)?, &offsets)?;
        (tokens.len() == 256).then_some((tokens, start..end + index + 512))
    })
}

/// The compressed names. Before the tokens is a table of every 256th name's offset, and before
/// that are the names, and before those is their number.
fn find_names(bytes: &[u8], end: usize) -> Option<Vec<&[u8]>> {
    let mut at = end & !3;
    while word(bytes, at.checked_sub(4)?)? == 0 {
        at -= 4; // padding
    }
    let last = word(bytes, at - 4)?;
    let mut markers = 0;
    let mut next = u32::MAX;
    loop {
        at = at.checked_sub(4)?;
        let marker = word(bytes, at)?;
        if marker >= next {
            return None;
        }
        markers += 1;
        next = marker;
        if marker == 0 {
            break;
        }
    }
    let latest = at.checked_sub(last as usize)?;
    let earliest = latest.saturating_sub(256 * (LONGEST + 2));
    (earliest..=latest)
        .rev()
        .filter(|start| start % 4 == 0)
        .find_map(|start| {
            let count = [4, 8].iter().find_map(|before| {
                let count = word(bytes, start.checked_sub(*before)?)? as usize;
                (count.div_ceil(256) == markers).then_some(count)
            })?;
            names(&bytes[start..at], count)
        })
}

/// `count` names, which must fill the bytes but for padding.
fn names(mut bytes: &[u8], count: usize) -> Option<Vec<&[u8]>> {
    let mut names = Vec::with_capacity(count.min(bytes.len()));
    for _ in 0..count {
        let (len, rest) = match *bytes {
            [low, high, ref rest @ ..] if low & 0x80 != 0 => {
                (usize::from(low & 0x7f) | (usize::from(high) << 7), rest)
            }
            [len, ref rest @ ..] => (usize::from(len), rest),
            [] => return None,
        };
        if len == 0 {
            return None;
        }
        names.push(rest.get(..len)?);
        bytes = &rest[len..];
    }
    (bytes.len() < 16).then_some(names)
}

/// Newer kernels have distances from the table's own entries, older ones from an address that
/// follows the table.
fn addresses(bytes: &[u8], start: u64, at: usize, count: usize, text: u64) -> Option<Vec<u64>> {
    let at = at.next_multiple_of(4);
    let table = bytes.get(at..at.checked_add(count.checked_mul(4)?)?)?;
    let distance = |i: usize| {
        i64::from(i32::from_le_bytes(
            table[4 * i..4 * i + 4].try_into().unwrap_or_default(),
        ))
    };
    let own = |i: usize| (start + (at + 4 * i) as u64).wrapping_add_signed(distance(i));
    let base_at = (at + table.len()).next_multiple_of(8);
    let base = u64::from_le_bytes(bytes.get(base_at..base_at + 8)?.try_into().ok()?);
    let from_base = |i: usize| match distance(i) {
        distance if distance < 0 => base.wrapping_add_signed(-1 - distance),
        distance => base.wrapping_add(distance as u64),
    };
    let in_order =
        |addresses: &Vec<u64>| addresses.is_sorted() && addresses.binary_search(&text).is_ok();
    let candidates: [Vec<u64>; 2] = [
        (0..count).map(own).collect(),
        (0..count).map(from_base).collect(),
    ];
    candidates.into_iter().find(in_order)
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(
        bytes.get(at..at.checked_add(4)?)?.try_into().ok()?,
    ))
}
