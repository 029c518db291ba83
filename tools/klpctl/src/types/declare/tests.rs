// SPDX-License-Identifier: GPL-2.0

use super::{
    place::{Field, Placed},
    spell::Spelled,
    Aggregate,
};

fn of(name: &str, offset: u64, bits: Option<u32>, text: &str, size: u64) -> Field {
    Field {
        name: name.to_owned(),
        offset,
        bits,
        of: Spelled {
            text: text.to_owned(),
            size,
            align: size,
        },
    }
}

fn text(fields: &[Field], size: u64, is_union: bool) -> String {
    let aggregate = Aggregate {
        members: Vec::new(),
        size,
        is_union,
    };
    Placed::of(fields, size, is_union).text("s", &aggregate)
}

#[test]
fn what_is_between_fields_is_written_out() {
    let text = text(
        &[of("a", 0, None, "u8", 1), of("b", 64, None, "u32", 4)],
        64,
        false,
    );
    for part in [
        "pub _pad_1: [u8; 7],",
        "pub _pad_3: [u8; 52],",
        "size_of::<s>() == 64",
        "offset_of!(s, b) == 8",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn packed_structs_are_packed() {
    let packed = text(
        &[of("a", 0, None, "u8", 1), of("b", 8, None, "u32", 4)],
        5,
        false,
    );
    assert!(packed.starts_with("#[repr(C, packed)]"), "{packed}");
    let plain = text(&[of("a", 0, None, "u32", 4)], 4, false);
    assert!(plain.starts_with("#[repr(C)]"), "{plain}");
}

#[test]
fn bit_fields_share_bytes_and_have_functions() {
    let fields = [
        of("a", 0, Some(3), "u32", 4),
        of("b", 3, Some(6), "i32", 4),
        of("type", 9, Some(1), "bool", 1),
        of("c", 16, None, "u16", 2),
    ];
    let text = text(&fields, 4, false);
    for part in [
        "pub _bits_0: [u8; 2],",
        "(get_bits(&self._bits_0, 3, 6).wrapping_shl(58) as i64).wrapping_shr(58) as i32",
        "get_bits(&self._bits_0, 9, 1) != 0",
        "pub fn set_a(&mut self, value: u32)",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn unions_are_as_large_as_they_are() {
    let text = text(&[of("a", 0, None, "u32", 4)], 16, true);
    assert!(
        text.contains("pub union s {") && text.contains("_size: [u8; 16]"),
        "{text}"
    );
}
