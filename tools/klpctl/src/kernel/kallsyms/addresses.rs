// SPDX-License-Identifier: GPL-2.0

//! The addresses of the kernel's symbols, which have stood in three places and in three forms.

use super::Part;
use std::ops::Range;

/// Finds them beside the names and tokens, which begin with the number of symbols. They are in order and have the
/// address that the code begins at.
pub(super) fn find(
    part: Part<'_>,
    names: Range<usize>,
    count: usize,
    text: u64,
) -> Option<Vec<u64>> {
    let tables = [after(names.end, count), before(names.start, count)];
    let candidates = tables.into_iter().flatten().flat_map(|table| {
        [own, from_base, from_base_but_per_cpu].map(|form| form(part, &table, count))
    });
    candidates
        .flatten()
        .find(|addresses| addresses.is_sorted() && addresses.binary_search(&text).is_ok())
}

/// Where the table is, and the address that its entries may be relative to.
struct Table {
    start: usize,
    base: usize,
}

/// Since 6.5.
fn after(names: usize, count: usize) -> Option<Table> {
    let start = names.next_multiple_of(4);
    let base = start
        .checked_add(count.checked_mul(4)?)?
        .checked_next_multiple_of(8)?;
    Some(Table { start, base })
}

/// Until 6.4.
fn before(number: usize, count: usize) -> Option<Table> {
    let base = number.checked_sub(8)?;
    let start = base.checked_sub(count.checked_mul(4)?.checked_next_multiple_of(8)?)?;
    Some(Table { start, base })
}

type Addresses = Option<Vec<u64>>;

/// Distances from the entries themselves: since 6.15, as there are no more addresses of per-CPU data that begin at 0.
fn own(part: Part<'_>, table: &Table, count: usize) -> Addresses {
    let start = part.address + table.start as u64;
    let entries = entries(part, table, count)?;
    let address = |(i, distance): (usize, i32)| {
        (start + 4 * i as u64).wrapping_add_signed(i64::from(distance))
    };
    Some(entries.enumerate().map(address).collect())
}

/// Distances from the base.
fn from_base(part: Part<'_>, table: &Table, count: usize) -> Addresses {
    let base = base(part, table)?;
    let address = |distance: i32| base.wrapping_add(u64::from(distance as u32));
    Some(entries(part, table, count)?.map(address).collect())
}

/// Distances from the base, and per-CPU data by its own address.
fn from_base_but_per_cpu(part: Part<'_>, table: &Table, count: usize) -> Addresses {
    let base = base(part, table)?;
    let address = |distance: i32| match i64::from(distance) {
        distance if distance < 0 => base.wrapping_add_signed(-1 - distance),
        distance => distance as u64,
    };
    Some(entries(part, table, count)?.map(address).collect())
}

fn entries<'a>(
    part: Part<'a>,
    table: &Table,
    count: usize,
) -> Option<impl Iterator<Item = i32> + 'a> {
    let end = table.start.checked_add(count.checked_mul(4)?)?;
    let entries = part.bytes.get(table.start..end)?.chunks_exact(4);
    Some(entries.map(|entry| i32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]])))
}

fn base(part: Part<'_>, table: &Table) -> Option<u64> {
    let bytes = part.bytes.get(table.base..table.base.checked_add(8)?)?;
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}
