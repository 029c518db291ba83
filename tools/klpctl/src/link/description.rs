// SPDX-License-Identifier: GPL-2.0

//! What is found out of a livepatch when it has been built is added to what its module says of itself: strings in
//! `.modinfo`, and a note.

use super::{header, Error, SIGNED};
use crate::patch::NOTE;
use object::{
    elf,
    read::elf::{FileHeader, SectionHeader},
    Endianness,
};

const OWNER: &[u8; 8] = b"klp-rs\0\0";
/// The first form of the description.
const VERSION: u32 = 1;
/// Where a section begins in the file, and then its size, in its header.
const PLACE: std::ops::Range<usize> = 24..40;

/// The module with more strings `key=value`. Both sections move to the end of the file; all else stays where it is.
pub fn describe(module: &[u8], lines: &[String]) -> Result<Vec<u8>, Error> {
    if module.ends_with(SIGNED) {
        return Err(Error::Signed);
    }
    let text = lines.join("\0") + "\0";
    let mut described = module.to_vec();
    append(&mut described, module, ".modinfo", text.as_bytes())?;
    append(&mut described, module, NOTE, &note(text.as_bytes()))?;
    Ok(described)
}

fn append(to: &mut Vec<u8>, module: &[u8], name: &str, bytes: &[u8]) -> Result<(), Error> {
    let header = header(module)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, module)?;
    let found = sections.section_by_name(endian, name.as_bytes());
    let (index, section) = found.ok_or(Error::Undescribed)?;
    let old = section.data(endian, module)?;
    let at =
        header.e_shoff(endian) as usize + index.0 * size_of::<elf::SectionHeader64<Endianness>>();
    const WHOLE: usize = 16;
    to.resize(to.len().next_multiple_of(WHOLE), 0);
    let start = to.len();
    to.extend(old);
    if name == NOTE {
        to.resize(to.len().next_multiple_of(4), 0);
    }
    to.extend(bytes);
    let place = [start as u64, (to.len() - start) as u64].map(u64::to_le_bytes);
    let place = place.concat();
    match to.get_mut(at + PLACE.start..at + PLACE.end) {
        Some(field) => field.copy_from_slice(&place),
        None => return Err(Error::Undescribed),
    }
    Ok(())
}

/// A note, as `livepatch!` writes them.
fn note(text: &[u8]) -> Vec<u8> {
    let words = [OWNER.len() as u32 - 1, text.len() as u32, VERSION];
    let mut note: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
    note.extend(OWNER);
    note.extend(text);
    note.resize(note.len().next_multiple_of(4), 0);
    note
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{elf::Elf, link::tests::Module};

    #[test]
    fn both_places_of_the_description_have_what_is_added() {
        let module =
            Module::new().with_section(NOTE, b"\x07\0\0\0\x03\0\0\0\x01\0\0\0klp-rs\0\0a=1", &[]);
        let described = describe(&module.bytes(), &["b=2".into(), "c=3".into()]).unwrap();
        let elf = Elf::parse(&described).unwrap();
        assert_eq!(elf.modinfo("c").collect::<Vec<_>>(), ["3"]);
        assert_eq!(elf.modinfo("livepatch").collect::<Vec<_>>(), ["Y"]);
        let notes: Vec<_> = elf.notes(NOTE).map(|note| note.content).collect();
        assert_eq!(notes, [&b"a=1"[..], b"b=2\0c=3\0"]);
        let again = describe(&described, &["d=4".into()]).unwrap();
        let elf = Elf::parse(&again).unwrap();
        assert_eq!(elf.modinfo("d").collect::<Vec<_>>(), ["4"]);
        assert_eq!(elf.notes(NOTE).count(), 3);
    }

    #[test]
    fn what_is_linked_stays_so() {
        let module = crate::link::tests::typical().with_section(NOTE, b"", &[]);
        let linked = crate::link::link(&module.bytes()).unwrap().unwrap();
        let described = describe(&linked, &["b=2".into()]).unwrap();
        assert_eq!(&described[..64], &linked[..64]);
        let names = |bytes: &[u8]| {
            let elf = Elf::parse(bytes).unwrap();
            let all = elf.named_in(".klp.rela.");
            all.map(|(_, name)| name.unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&described), names(&linked));
        assert!(!names(&described).is_empty());
    }

    #[test]
    fn what_says_nothing_of_itself_is_left_alone() {
        let module = Module::new().bytes();
        assert!(matches!(
            describe(&module, &["b=2".into()]),
            Err(Error::Undescribed)
        ));
        let signed = [&module[..], SIGNED].concat();
        assert!(matches!(
            describe(&signed, &["b=2".into()]),
            Err(Error::Signed)
        ));
    }
}
