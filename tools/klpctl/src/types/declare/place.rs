// SPDX-License-Identifier: GPL-2.0

//! Where the fields of a struct are: what is between them is written out, and what the Rust compiler makes of it is
//! compared with the kernel's.

use super::{
    bits::{self, Accessor},
    spell::Spelled,
    Aggregate,
};
use std::fmt::Write;

/// A field of the kernel's.
pub struct Field {
    pub name: String,
    /// In bits.
    pub offset: u64,
    /// How many bits, of a bit field.
    pub bits: Option<u32>,
    pub of: Spelled,
}

/// A struct or union as it is written.
pub struct Placed {
    /// Each with its place, if it is the kernel's.
    fields: Vec<(String, String, Option<u64>)>,
    pub accessors: Vec<Accessor>,
    is_packed: bool,
}

impl Placed {
    pub fn of(fields: &[Field], size: u64, is_union: bool) -> Self {
        if is_union {
            return Self::union(fields, size);
        }
        let natural = Self::structure(fields, size, false);
        natural.unwrap_or_else(|| {
            Self::structure(fields, size, true).unwrap_or_else(|| Self::opaque(size))
        })
    }

    /// `None` if the compiler would not have it so.
    fn structure(fields: &[Field], size: u64, is_packed: bool) -> Option<Self> {
        let mut placed = Self {
            fields: Vec::new(),
            accessors: Vec::new(),
            is_packed,
        };
        let (mut at, mut most) = (0, 1);
        let mut rest = fields;
        while let [field, others @ ..] = rest {
            let start = field.offset / 8;
            placed.pad(&mut at, start)?;
            if field.bits.is_some() {
                let count = rest.iter().take_while(|next| next.bits.is_some()).count();
                let (group, others) = rest.split_at(count);
                let end = group
                    .iter()
                    .map(|bit| (bit.offset + u64::from(bit.bits.unwrap_or(0))).div_ceil(8))
                    .max()?;
                let holder = format!("_bits_{}", placed.fields.len());
                placed.accessors.extend(
                    group
                        .iter()
                        .map(|bit| Accessor::of(bit, &holder, bit.offset - start * 8)),
                );
                placed
                    .fields
                    .push((holder, format!("[u8; {}]", end - start), Some(start)));
                at = end;
                rest = others;
                continue;
            }
            let align = if is_packed { 1 } else { field.of.align };
            if start % align != 0 {
                return None;
            }
            most = most.max(align);
            placed
                .fields
                .push((field.name.clone(), field.of.text.clone(), Some(start)));
            at = start.checked_add(field.of.size)?;
            rest = others;
        }
        let end = at.next_multiple_of(most);
        if end < size {
            placed.pad(&mut at, size)?;
        }
        (at <= size && size % most == 0).then_some(placed)
    }

    fn pad(&mut self, at: &mut u64, to: u64) -> Option<()> {
        let missing = to.checked_sub(*at)?;
        if missing > 0 {
            let name = format!("_pad_{}", self.fields.len());
            self.fields.push((name, format!("[u8; {missing}]"), None));
        }
        *at = to;
        Some(())
    }

    fn union(fields: &[Field], size: u64) -> Self {
        let mut all = Vec::new();
        let mut largest = 0;
        for field in fields {
            let (text, of_size) = match field.bits {
                Some(bits) => {
                    let bytes = (field.offset + u64::from(bits)).div_ceil(8);
                    (format!("[u8; {bytes}]"), bytes)
                }
                None => (field.of.text.clone(), field.of.size),
            };
            largest = largest.max(of_size);
            all.push((field.name.clone(), text, Some(0)));
        }
        if largest < size || all.is_empty() {
            all.push(("_size".to_owned(), format!("[u8; {size}]"), None));
        }
        let most = fields.iter().map(|field| field.of.align).max().unwrap_or(1);
        Self {
            fields: all,
            accessors: Vec::new(),
            is_packed: size % most != 0,
        }
    }

    fn opaque(size: u64) -> Self {
        Self {
            fields: vec![("_opaque".to_owned(), format!("[u8; {size}]"), None)],
            accessors: Vec::new(),
            is_packed: false,
        }
    }

    pub fn text(&self, name: &str, aggregate: &Aggregate) -> String {
        let packed = if self.is_packed { ", packed" } else { "" };
        let kind = if aggregate.is_union {
            "union"
        } else {
            "struct"
        };
        let mut text =
            format!("#[repr(C{packed})]\n#[derive(Clone, Copy)]\npub {kind} {name} {{\n");
        for (field, of, _) in &self.fields {
            let _ = writeln!(text, "    pub {field}: {of},");
        }
        text += "}\n\nconst _: () = {\n";
        for (field, _, place) in &self.fields {
            if let Some(place) = place {
                let _ = writeln!(text, "    assert!(offset_of!({name}, {field}) == {place});");
            }
        }
        let size = aggregate.size;
        let _ = writeln!(text, "    assert!(size_of::<{name}>() == {size});");
        text += "};\n";
        if !self.accessors.is_empty() {
            text += &bits::implementation(name, &self.accessors);
        }
        text
    }
}
