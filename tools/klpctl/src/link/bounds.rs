// SPDX-License-Identifier: GPL-2.0

//! What keeps a hostile file from making this program large or slow: each byte of it is looked at a bounded number of
//! times, and what is made of it is hardly larger.

use super::Error;
use object::{
    elf,
    read::elf::{FileHeader, SectionHeader},
    write::WritableBuffer,
    Endianness,
};

/// The kernel takes no symbol that long; names of types are none.
const LONGEST_STRING: usize = 16384;

/// No section is aligned more than a large page.
const GREATEST_ALIGNMENT: u64 = 2 << 20;

/// What headers, names and gaps may add.
pub(super) const GROWTH: usize = 1 << 20;

/// Refuses files whose sections overlap, so that they could be copied more than once, those with endless strings, which
/// are searched for their ends again and again, and alignments that the writer computes nonsense from.
pub(super) fn check(module: &[u8], header: &elf::FileHeader64<Endianness>) -> Result<(), Error> {
    let endian = header.endian()?;
    let mut total: u64 = 0;
    for section in header.sections(endian, module)?.iter().skip(1) {
        let data = section.data(endian, module)?;
        let align = section.sh_addralign(endian);
        if align > GREATEST_ALIGNMENT || !align.is_power_of_two() {
            return Err(Error::Bounds(
                "an alignment that is too large, or no power of two",
            ));
        }
        total += data.len() as u64;
        let is_table = section.sh_type(endian) == elf::SHT_STRTAB;
        if is_table
            && data
                .split(|&byte| byte == 0)
                .any(|string| string.len() > LONGEST_STRING)
        {
            return Err(Error::Bounds("a string that is too long"));
        }
        if total > module.len() as u64 {
            return Err(Error::Bounds("sections that overlap"));
        }
    }
    Ok(())
}

/// What is written, which is at most so large.
pub(super) struct Output {
    pub(super) bytes: Vec<u8>,
    pub(super) limit: usize,
}

impl WritableBuffer for Output {
    fn reserve(&mut self, size: u64) -> Result<(), ()> {
        let size = usize::try_from(size).map_err(|_| ())?;
        if size > self.limit {
            return Err(());
        }
        self.bytes.try_reserve(size).map_err(|_| ())
    }

    fn write_bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }
}
