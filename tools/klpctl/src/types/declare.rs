// SPDX-License-Identifier: GPL-2.0

//! Structs of the kernel's, written in Rust from its types: with all fields where they are, as the C compiler has laid them
//! out, which the Rust compiler is made to check.

mod bits;
mod place;
mod spell;

use self::{place::Placed, spell::Spelled};
use super::{words::field, Bindings, Btf};
use anyhow::{Context, Result};
use btf_rs::{BtfType, Type as T};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt::Write,
};

/// What was written.
pub struct Declarations {
    /// A file in Rust.
    pub text: String,
    /// What the author has to know.
    pub warnings: Vec<String>,
    /// What the types do not have.
    pub missing: Vec<String>,
}

/// Writes structs and unions, and those that they hold.
pub fn declare(btf: &Btf, bindings: &Bindings, names: &[String]) -> Result<Declarations> {
    let mut writer = Writer {
        btf,
        bindings,
        asked: names.iter().cloned().collect(),
        open: VecDeque::new(),
        seen: BTreeSet::new(),
        enums: BTreeMap::new(),
        has_bits: false,
    };
    let (mut warnings, mut missing) = (Vec::new(), Vec::new());
    for name in names {
        let mut found = btf.aggregates(name);
        let Some(first) = found.pop() else {
            missing.push(name.clone());
            continue;
        };
        if !found.is_empty() {
            warnings.push(format!(
                "the kernel has {} structs of the name '{name}': this is one of them, which its size tells",
                found.len() + 1
            ));
        }
        writer.add(name, first);
    }
    let mut items = Vec::new();
    while let Some((name, aggregate)) = writer.open.pop_front() {
        items.push(writer.item(&name, &aggregate)?);
    }
    Ok(Declarations {
        text: writer.file(&items),
        warnings,
        missing,
    })
}

/// A struct or a union.
#[derive(Clone)]
pub(super) struct Aggregate {
    pub members: Vec<btf_rs::Member>,
    pub size: u64,
    pub is_union: bool,
}

struct Writer<'a> {
    btf: &'a Btf,
    bindings: &'a Bindings,
    asked: BTreeSet<String>,
    open: VecDeque<(String, Aggregate)>,
    seen: BTreeSet<String>,
    enums: BTreeMap<String, String>,
    has_bits: bool,
}

impl Writer<'_> {
    fn add(&mut self, name: &str, aggregate: Aggregate) {
        if self.seen.insert(name.to_owned()) {
            self.open.push_back((name.to_owned(), aggregate));
        }
    }

    fn item(&mut self, name: &str, aggregate: &Aggregate) -> Result<String> {
        let mut fields = Vec::new();
        for (number, member) in aggregate.members.iter().enumerate() {
            let own = self.btf.name(member);
            let called = own.map_or(format!("__anon_{number}"), |own| field(&own));
            let inner = format!("{name}__{number}");
            let of = self.spelled(member.get_type_id()?, &inner)?;
            fields.push(place::Field {
                name: called,
                offset: u64::from(member.bit_offset()),
                bits: member.bitfield_size().filter(|&bits| bits > 0),
                of,
            });
        }
        let placed = Placed::of(&fields, aggregate.size, aggregate.is_union);
        self.has_bits |= !placed.accessors.is_empty();
        Ok(placed.text(name, aggregate))
    }

    /// What a type is called, which is declared too if nobody else does.
    fn spelled(&mut self, of: u32, inner: &str) -> Result<Spelled> {
        let (found, typedef) = self.btf.below(of)?;
        Ok(match found {
            T::Array(array) => {
                let element = self.spelled(array.get_type_id()?, inner)?;
                element.times(array.len() as u64)
            }
            T::Struct(_) | T::Union(_) => {
                let aggregate = Btf::aggregate(&found).context("a struct that is none")?;
                let own = found.as_btf_type().and_then(|of| self.btf.name(of));
                let name = own.or(typedef);
                let align = self.btf.alignment(&aggregate, 0);
                let text = match name {
                    Some(name)
                        if self.bindings.has_copyable(&name) && !self.asked.contains(&name) =>
                    {
                        format!("bindings::{name}")
                    }
                    name => {
                        let name = name.unwrap_or_else(|| inner.to_owned());
                        self.add(&name, aggregate.clone());
                        name
                    }
                };
                Spelled {
                    text,
                    size: aggregate.size,
                    align,
                }
            }
            T::Enum(_) | T::Enum64(_) => self.enumeration(&found, typedef)?,
            other => self.value(other)?,
        })
    }

    /// An enum is an integer to C, and its values are constants.
    fn enumeration(&mut self, found: &T, typedef: Option<String>) -> Result<Spelled> {
        let (name, values, spelled) = self.btf.enumeration(found)?;
        let Some(name) = name.or(typedef).filter(|_| !values.is_empty()) else {
            return Ok(spelled);
        };
        let mut text = format!("pub type {name} = {};\n", spelled.text);
        for (value, number) in values {
            let _ = writeln!(text, "pub const {value}: {name} = {number};");
        }
        self.enums.entry(name.clone()).or_insert(text);
        Ok(Spelled {
            text: name,
            ..spelled
        })
    }

    fn file(&self, items: &[String]) -> String {
        let mut text = "// SPDX-License-Identifier: GPL-2.0\n\n//! Types of the kernel's. Made by 'klpctl types' of its type \
            information (BTF).\n\n#![allow(\n    clippy::cast_lossless,\n    dead_code,\n    missing_docs,\n    non_camel_case_types,\n    \
            non_snake_case,\n    non_upper_case_globals,\n    unreachable_pub\n)]\n\n"
            .to_owned();
        let all = self
            .enums
            .values()
            .chain(items)
            .cloned()
            .collect::<Vec<_>>();
        let all = all.join("\n");
        text += if all.contains("c_void") {
            "use core::{\n    ffi::c_void,\n    mem::{offset_of, size_of},\n};\n"
        } else {
            "use core::mem::{offset_of, size_of};\n"
        };
        if all.contains("bindings::") {
            text += "use kernel::bindings;\n";
        }
        text += "\n";
        text += &all;
        if self.has_bits {
            text += bits::HELPERS;
        }
        text
    }
}

#[cfg(test)]
mod tests;
