// SPDX-License-Identifier: GPL-2.0

//! Bit fields, which Rust does not have: functions that read and write them.

use super::place::Field;
use std::fmt::Write;

/// How a bit field is read and written.
pub struct Accessor {
    name: String,
    /// The bytes that it is in.
    holder: String,
    /// Its first bit in there.
    start: u64,
    bits: u32,
    /// The integer, or `bool`.
    of: String,
}

impl Accessor {
    pub fn of(field: &Field, holder: &str, start: u64) -> Self {
        Self {
            name: field.name.clone(),
            holder: holder.to_owned(),
            start,
            bits: field.bits.unwrap_or(0),
            of: field.of.text.clone(),
        }
    }
}

/// What every file with bit fields has.
pub const HELPERS: &str = "
#[inline(always)]
fn get_bits(bytes: &[u8], start: u32, bits: u32) -> u64 {
    let mut value = 0;
    let mut i = 0u32;
    while i < bits {
        let at = start.wrapping_add(i);
        if let Some(byte) = bytes.get((at / 8) as usize) {
            value |= u64::from(byte.wrapping_shr(at % 8) & 1).wrapping_shl(i);
        }
        i = i.wrapping_add(1);
    }
    value
}

#[inline(always)]
fn set_bits(bytes: &mut [u8], start: u32, bits: u32, value: u64) {
    let mut i = 0u32;
    while i < bits {
        let at = start.wrapping_add(i);
        if let Some(byte) = bytes.get_mut((at / 8) as usize) {
            let bit = 1u8.wrapping_shl(at % 8);
            *byte = if value.wrapping_shr(i) & 1 == 1 {
                *byte | bit
            } else {
                *byte & !bit
            };
        }
        i = i.wrapping_add(1);
    }
}
";

/// As the C compiler would do it, and as little atomic.
pub fn implementation(name: &str, accessors: &[Accessor]) -> String {
    let mut text = format!("\nimpl {name} {{\n");
    for (i, one) in accessors.iter().enumerate() {
        let Accessor {
            name,
            holder,
            start,
            bits,
            of,
        } = one;
        let plain = name.strip_prefix("r#").unwrap_or(name);
        let got = format!("get_bits(&self.{holder}, {start}, {bits})");
        let read = match of.as_str() {
            "bool" => format!("{got} != 0"),
            of if of.starts_with('i') => {
                let unused = 64 - bits;
                format!("({got}.wrapping_shl({unused}) as i64).wrapping_shr({unused}) as {of}")
            }
            of => format!("{got} as {of}"),
        };
        let space = if i == 0 { "" } else { "\n" };
        let _ = write!(
            text,
            "{space}    pub fn {name}(&self) -> {of} {{\n        {read}\n    }}\n\n    \
            pub fn set_{plain}(&mut self, value: {of}) {{\n        set_bits(&mut self.{holder}, {start}, {bits}, value as u64);\n    }}\n"
        );
    }
    text + "}\n"
}
