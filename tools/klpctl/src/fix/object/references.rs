// SPDX-License-Identifier: GPL-2.0

//! What refers to what in an object.

use object::build::elf::{Builder, Relocation, SectionData, SectionId};

/// The relocations of the sections of a name.
pub(super) fn relocations_of<'b>(
    builder: &'b Builder<'_>,
    name: &[u8],
) -> impl Iterator<Item = &'b Relocation> {
    let section = builder
        .sections
        .iter()
        .find(|section| section.name.as_slice() == name);
    let section = section.map(|section| section.id());
    let tables = builder
        .sections
        .iter()
        .filter(move |table| section.is_some() && table.sh_info_section == section);
    tables.flat_map(|table| match &table.data {
        SectionData::Relocation(all) => all.as_slice(),
        _ => &[],
    })
}

/// All relocations, with the sections that they are of.
pub(super) fn all_relocations<'b>(
    builder: &'b Builder<'_>,
) -> impl Iterator<Item = (SectionId, &'b Relocation)> {
    builder.sections.iter().flat_map(|table| {
        let all = match (&table.data, table.sh_info_section) {
            (SectionData::Relocation(all), Some(_)) => all.as_slice(),
            _ => &[],
        };
        all.iter()
            .filter_map(|one| Some((table.sh_info_section?, one)))
    })
}

/// The place that a field leads to, if it is in the object.
pub(super) fn leads_to(
    builder: &Builder<'_>,
    relocation: &Relocation,
    distance: i64,
) -> Option<(SectionId, u64)> {
    let symbol = builder.symbols.get(relocation.symbol?);
    let addend = relocation.r_addend.checked_add(distance)?;
    Some((symbol.section?, symbol.st_value.checked_add_signed(addend)?))
}

/// Whether the operand at an offset is a call's or a jump's.
pub fn is_branch(code: &[u8], operand: u64) -> bool {
    let before = usize::try_from(operand).ok().and_then(|at| code.get(..at));
    matches!(before, Some([.., 0xe8])) || is_jump(code, operand)
}

/// Whether the operand at an offset is a jump's.
pub(super) fn is_jump(code: &[u8], operand: u64) -> bool {
    let Ok(operand) = usize::try_from(operand) else {
        return false;
    };
    match code.get(..operand) {
        Some([.., 0xe9]) => true,
        Some([.., 0x0f, condition]) => condition & 0xf0 == 0x80,
        _ => false,
    }
}

/// Data about code, which nothing is called by.
pub fn is_of_the_tools(section: &[u8]) -> bool {
    const STARTS: [&[u8]; 18] = [
        b".init.klp",
        b"__klp_relocs",
        b".discard",
        b".orc_",
        b"__mcount_loc",
        b"__bug_table",
        b"__ex_table",
        b"__jump_table",
        b".altinst",
        b".static_call_sites",
        b".return_sites",
        b".retpoline_sites",
        b".call_sites",
        b".ibt_endbr_seal",
        b".cfi_sites",
        b".smp_locks",
        b"__patchable_function_entries",
        b".debug",
    ];
    STARTS.iter().any(|start| section.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_are_told_from_calls() {
        assert!(is_jump(&[0xe9, 0, 0, 0, 0], 1));
        assert!(is_jump(&[0x0f, 0x84, 0, 0, 0, 0], 2));
        assert!(!is_jump(&[0xe8, 0, 0, 0, 0], 1));
        assert!(!is_jump(&[0x48, 0x8d, 0x3d, 0, 0], 3));
        assert!(!is_jump(&[], 9));
        assert!(is_branch(&[0xe8, 0, 0, 0, 0], 1));
        assert!(!is_branch(&[0x48, 0x8d, 0x3d, 0, 0], 3));
    }
}
