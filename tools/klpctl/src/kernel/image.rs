// SPDX-License-Identifier: GPL-2.0

//! A kernel's image: `vmlinuz` as it is booted, or the `vmlinux` in it.
//!
//! It has the type information and, for `/proc/kallsyms`, the name of every function, so that no
//! System.map is needed, which distributions may leave empty.
//!
//! # Security
//!
//! The file is not trusted: each access is checked against it.
//!
//! C documentation: `Documentation/arch/x86/boot.rst`

use crate::bytes::Compression;
use anyhow::{bail, Context, Result};
use object::{read::elf::ElfFile64, LittleEndian, Object, ObjectSection};
use std::ops::Range;

/// A decompressed kernel.
pub struct Image {
    bytes: Vec<u8>,
    sections: Vec<Section>,
}

struct Section {
    name: String,
    addresses: Range<u64>,
    file: Range<usize>,
}

impl Image {
    /// Reads an image from the bytes of its file.
    pub fn parse(bytes: Vec<u8>) -> Result<Self> {
        let mut bytes = if bytes.starts_with(b"\x7fELF") {
            bytes
        } else {
            payload(bytes)?
        };
        let mut sections = sections(&bytes).context("the kernel is no readable ELF file")?;
        if !sections
            .iter()
            .any(|section| section.name == ".text" && !section.file.is_empty())
        {
            bail!("it has no code, as the vmlinux of packaged headers: give vmlinuz");
        }
        pack(&mut bytes, &mut sections);
        Ok(Self { bytes, sections })
    }

    /// A section's content.
    pub fn section(&self, name: &str) -> Option<&[u8]> {
        let section = self.sections.iter().find(|section| section.name == name)?;
        self.bytes.get(section.file.clone())
    }

    /// The bytes between two addresses, which must be in one section.
    pub fn at(&self, addresses: Range<u64>) -> Option<&[u8]> {
        let inside = |section: &&Section| {
            section.addresses.start <= addresses.start && addresses.end <= section.addresses.end
        };
        let section = self.sections.iter().find(inside)?;
        let start = usize::try_from(addresses.start - section.addresses.start).ok()?;
        let len = usize::try_from(addresses.end.checked_sub(addresses.start)?).ok()?;
        self.bytes
            .get(section.file.clone())?
            .get(start..start.checked_add(len)?)
    }

    /// The address that a section begins at.
    pub fn address(&self, section: &str) -> Option<u64> {
        Some(
            self.sections
                .iter()
                .find(|known| known.name == section)?
                .addresses
                .start,
        )
    }

    /// The version that `/proc/version` begins with, and what modules must have as `vermagic`.
    pub fn release(&self) -> Result<(String, Option<String>)> {
        let text = self
            .section(".rodata")
            .context("it has no section .rodata")?;
        let release = string_after(text, b"Linux version ")
            .and_then(|banner| banner.split(' ').next())
            .context("it has no version: no 'Linux version' in its section .rodata")?;
        let start = format!("{release} ");
        let magic = strings_with(text, start.as_bytes())
            .find(|magic| magic.contains("mod_unload") || magic.contains("SMP"));
        Ok((
            release.to_owned(),
            magic.map(|magic| magic.trim_end().to_owned()),
        ))
    }
}

fn string_after<'a>(bytes: &'a [u8], start: &'a [u8]) -> Option<&'a str> {
    strings_with(bytes, start)
        .next()
        .map(|text| &text[start.len()..])
}

/// The NUL-terminated strings that begin with `start`.
fn strings_with<'a>(bytes: &'a [u8], start: &'a [u8]) -> impl Iterator<Item = &'a str> {
    memchr::memmem::find_iter(bytes, start).filter_map(|at| {
        if at > 0 && bytes[at - 1] != 0 {
            return None;
        }
        let end = bytes[at..].iter().take(1024).position(|&byte| byte == 0)?;
        std::str::from_utf8(&bytes[at..at + end]).ok()
    })
}

/// The kernel inside of a bzImage; its header says where.
fn payload(image: Vec<u8>) -> Result<Vec<u8>> {
    let word = |at: usize| {
        let bytes = image.get(at..at + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
    };
    if image.get(0x202..0x206) != Some(b"HdrS") {
        bail!("no kernel image: neither an ELF file nor a bzImage; give vmlinuz, of x86-64");
    }
    let setup = match image[0x1f1] {
        0 => 4,
        sectors => usize::from(sectors),
    };
    let found = (|| {
        let start = ((setup + 1) * 512).checked_add(word(0x248)?)?;
        image.get(start..start.checked_add(word(0x24c)?)?)
    })();
    let compressed = found.context("its header points outside of it: the file is cut off")?;
    Compression::of(compressed)
        .context("the kernel in it is compressed in an unknown way")
        .and_then(|compression| compression.decompress(compressed))
        .context(
            "cannot decompress the kernel in it; give its vmlinux, which the script \
            extract-vmlinux of the kernel's source takes out of it",
        )
}

fn sections(bytes: &[u8]) -> Result<Vec<Section>, object::Error> {
    let file = ElfFile64::<LittleEndian>::parse(bytes)?;
    let mut sections = Vec::new();
    for section in file.sections() {
        let (start, len) = section.file_range().unwrap_or((0, 0));
        sections.push(Section {
            name: section.name()?.to_owned(),
            addresses: section.address()..section.address().saturating_add(section.size()),
            file: start as usize..(start as usize).saturating_add(len as usize),
        });
    }
    Ok(sections)
}

/// Gives back what is in no section, a sixth of a kernel, unless sections overlap.
fn pack(bytes: &mut Vec<u8>, sections: &mut [Section]) {
    let mut sections: Vec<_> = sections.iter_mut().collect();
    sections.sort_by_key(|section| section.file.start);
    let ends = || sections.iter().map(|section| section.file.end);
    let starts = sections.iter().map(|section| section.file.start).skip(1);
    if ends().zip(starts).any(|(end, start)| end > start) || ends().any(|end| end > bytes.len()) {
        return;
    }
    let mut end = 0;
    for section in sections {
        let packed = end..end + section.file.len();
        bytes.copy_within(section.file.clone(), packed.start);
        end = packed.end;
        section.file = packed;
    }
    bytes.truncate(end);
    bytes.shrink_to_fit();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(files: &[Range<usize>]) -> (Vec<u8>, Vec<Range<usize>>) {
        let mut bytes: Vec<u8> = (0..10).collect();
        let section = |file: &Range<usize>| Section {
            name: String::new(),
            addresses: 0..0,
            file: file.clone(),
        };
        let mut sections: Vec<_> = files.iter().map(section).collect();
        pack(&mut bytes, &mut sections);
        (
            bytes,
            sections.into_iter().map(|section| section.file).collect(),
        )
    }

    #[test]
    fn what_is_in_no_section_is_given_back() {
        let (bytes, files) = packed(&[6..9, 0..0, 2..4]);
        assert_eq!(bytes, [2, 3, 6, 7, 8]);
        assert_eq!(files, [2..5, 0..0, 0..2]);
    }

    #[test]
    fn sections_that_overlap_or_end_outside_stay_where_they_are() {
        for files in [[1..5, 4..9, 0..1], [1..2, 3..11, 2..3]] {
            assert_eq!(packed(&files), ((0..10).collect(), files.to_vec()));
        }
    }
}
