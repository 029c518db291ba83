// SPDX-License-Identifier: GPL-2.0

//! What is found out of a livepatch when it has been built is added to what its module says of itself: strings in
//! `.modinfo`, and a note.

use super::{llvm, Error, SIGNED};
use crate::patch::NOTE;
use object::build::elf::{Builder, SectionData};

const OWNER: &[u8; 8] = b"klp-rs\0\0";
/// The first form of the description.
const VERSION: u32 = 1;

/// The module with more strings `key=value`.
pub fn describe(module: &[u8], lines: &[String]) -> Result<Vec<u8>, Error> {
    if module.ends_with(SIGNED) {
        return Err(Error::Signed);
    }
    super::header(module)?;
    let known = llvm::Known::new(module)?;
    let mut builder = known.builder()?;
    let text: String = lines.iter().map(|line| format!("{line}\0")).collect();
    append(&mut builder, ".modinfo", text.as_bytes())?;
    append(&mut builder, NOTE, &note(text.as_bytes()))?;
    super::written(builder, module.len() + text.len() * 2)
}

fn append(builder: &mut Builder<'_>, name: &str, bytes: &[u8]) -> Result<(), Error> {
    let mut sections = builder.sections.iter_mut();
    let section = sections.find(|section| section.name.as_slice() == name.as_bytes());
    let data = section.map(|section| &mut section.data);
    let Some(SectionData::Data(data) | SectionData::Note(data)) = data else {
        return Err(Error::Undescribed);
    };
    if name == NOTE {
        let whole = data.len().next_multiple_of(4);
        data.to_mut().resize(whole, 0);
    }
    data.to_mut().extend_from_slice(bytes);
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
