// SPDX-License-Identifier: GPL-2.0

//! The kernel's compressed names of symbols: their number, they themselves, and markers, which are every 256th name's
//! offset.

/// Names, and what is known by them.
pub(super) struct Names<'a> {
    /// Each, as tokens.
    pub(super) all: Vec<&'a [u8]>,
    /// Where their number is.
    pub(super) number: usize,
}

/// The longest name that the format has.
const LONGEST: usize = 0x3fff;
/// How many names there are to a marker.
const STEP: usize = 256;

/// Finds names whose markers the bytes end with.
pub(super) fn before_markers(bytes: &[u8]) -> Option<Names<'_>> {
    let mut at = bytes.len() & !3;
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
    let earliest = latest.saturating_sub(STEP * (LONGEST + 2));
    (earliest..=latest)
        .rev()
        .filter(|start| start % 4 == 0)
        .find_map(|start| {
            let (number, count) = [4, 8].iter().find_map(|before| {
                let number = start.checked_sub(*before)?;
                let count = word(bytes, number)? as usize;
                (count.div_ceil(STEP) == markers).then_some((number, count))
            })?;
            let (all, rest) = split(&bytes[start..at], count)?;
            (rest.len() < 16).then_some(Names { all, number })
        })
}

/// Finds names that follow the address that those of symbols are relative to, which is where the code begins: another
/// table may be between their markers and the tokens.
pub(super) fn after_base(bytes: &[u8], text: u64) -> Option<Names<'_>> {
    memchr::memmem::find_iter(bytes, &text.to_le_bytes()).find_map(|base| {
        let number = base + 8;
        let start = number + 8;
        let (all, rest) = split(bytes.get(start..)?, word(bytes, number)? as usize)?;
        let end = (bytes.len() - rest.len()).checked_next_multiple_of(8)?;
        (all.len() > STEP && has_markers(bytes, &all, end)).then_some(Names { all, number })
    })
}

fn has_markers(bytes: &[u8], names: &[&[u8]], markers: usize) -> bool {
    let mut offset = 0;
    names.iter().enumerate().all(|(i, name)| {
        let marker = word(bytes, markers + i / STEP * 4);
        let is_right = i % STEP != 0 || marker == Some(offset as u32);
        offset += name.len() + if name.len() < 0x80 { 1 } else { 2 };
        is_right
    })
}

/// `count` names, and what follows them.
fn split(mut bytes: &[u8], count: usize) -> Option<(Vec<&[u8]>, &[u8])> {
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
    Some((names, bytes))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(
        bytes.get(at..at.checked_add(4)?)?.try_into().ok()?,
    ))
}
