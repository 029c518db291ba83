// SPDX-License-Identifier: GPL-2.0

//! What the kernel's types and fields are called in Rust.

use super::{Aggregate, Writer};
use crate::types::{btf::LONGEST_CHAIN, Btf};
use anyhow::Result;
use btf_rs::{BtfType, Type as T};

/// A type in Rust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelled {
    pub text: String,
    /// In bytes.
    pub size: u64,
    /// In bytes.
    pub align: u64,
}

impl Spelled {
    fn plain(text: &str, size: u64) -> Self {
        Self {
            text: text.to_owned(),
            size,
            align: size.clamp(1, 8),
        }
    }

    fn pointer(text: String) -> Self {
        Self {
            text,
            size: 8,
            align: 8,
        }
    }

    /// What is not known, or has no name in Rust, as bytes.
    fn bytes(size: u64) -> Self {
        Self {
            text: format!("[u8; {size}]"),
            size,
            align: 1,
        }
    }

    /// An array of it.
    pub fn times(self, count: u64) -> Self {
        Self {
            text: format!("[{}; {count}]", self.text),
            size: self.size.saturating_mul(count),
            align: self.align,
        }
    }
}

impl Writer<'_> {
    /// What is neither an array, a struct nor an enum.
    pub fn value(&self, found: T) -> Result<Spelled> {
        Ok(match found {
            T::Int(int) if int.is_bool() => Spelled::plain("bool", 1),
            // As in the kernel's `ffi`.
            T::Int(int) if int.size() == 8 && self.is_long(&int) => {
                Spelled::plain(if int.is_signed() { "isize" } else { "usize" }, 8)
            }
            T::Int(int) if int.size() <= 8 => integer(int.size() as u64, int.is_signed()),
            T::Int(int) => Spelled::bytes(int.size() as u64),
            T::Float(float) => {
                Spelled::plain(&format!("f{}", float.size() * 8), float.size() as u64)
            }
            T::Ptr(pointer) => Spelled::pointer(self.pointer(pointer.get_type_id()?, 0)?),
            _ => Spelled::bytes(0),
        })
    }

    /// `long`, and not `long long`.
    fn is_long(&self, int: &btf_rs::Int) -> bool {
        let name = self.btf.name(int);
        name.is_some_and(|name| name.split(' ').filter(|word| *word == "long").count() == 1)
    }

    fn pointer(&self, to: u32, depth: usize) -> Result<String> {
        let (found, typedef) = self.btf.below(to)?;
        if let T::FuncProto(prototype) = found {
            let function = self.function(&prototype, depth)?;
            return Ok(function.unwrap_or("*mut c_void".to_owned()));
        }
        Ok(format!("*mut {}", self.pointee(found, typedef, depth)?))
    }

    /// What nobody asked for is opaque.
    fn pointee(&self, found: T, typedef: Option<String>, depth: usize) -> Result<String> {
        if depth > LONGEST_CHAIN {
            return Ok("c_void".to_owned());
        }
        Ok(match &found {
            T::Struct(_) | T::Union(_) | T::Fwd(_) => {
                let own = found.as_btf_type().and_then(|of| self.btf.name(of));
                match own.or(typedef) {
                    Some(name) if self.asked.contains(&name) => name,
                    Some(name) if self.bindings.has(&name) => format!("bindings::{name}"),
                    _ => "c_void".to_owned(),
                }
            }
            T::Ptr(pointer) => self.pointer(pointer.get_type_id()?, depth + 1)?,
            T::Int(_) | T::Float(_) => self.value(found)?.text,
            T::Enum(_) | T::Enum64(_) => self.btf.enumeration(&found)?.2.text,
            _ => "c_void".to_owned(),
        })
    }

    /// A pointer to a function; `None` if a struct is passed by value, which is for who knows it.
    fn function(&self, prototype: &btf_rs::FuncProto, depth: usize) -> Result<Option<String>> {
        let mut arguments = Vec::new();
        for parameter in &prototype.parameters {
            if parameter.is_variadic() {
                arguments.push("...".to_owned());
                continue;
            }
            match self.passed(parameter.get_type_id()?, depth)? {
                Some(text) => arguments.push(text),
                None => return Ok(None),
            }
        }
        let result = match prototype.return_type_id() {
            0 => String::new(),
            id => match self.passed(id, depth)? {
                Some(text) => format!(" -> {text}"),
                None => return Ok(None),
            },
        };
        Ok(Some(format!(
            "Option<unsafe extern \"C\" fn({}){result}>",
            arguments.join(", ")
        )))
    }

    fn passed(&self, of: u32, depth: usize) -> Result<Option<String>> {
        if depth > LONGEST_CHAIN {
            return Ok(None);
        }
        let (found, _) = self.btf.below(of)?;
        Ok(match found {
            T::Struct(_) | T::Union(_) | T::Array(_) => None,
            T::Enum(_) | T::Enum64(_) => Some(self.btf.enumeration(&found)?.2.text),
            T::Ptr(pointer) => Some(self.pointer(pointer.get_type_id()?, depth + 1)?),
            T::Int(ref int) if int.size() > 8 => None,
            other => Some(self.value(other)?.text),
        })
    }
}

fn integer(size: u64, is_signed: bool) -> Spelled {
    let sign = if is_signed { 'i' } else { 'u' };
    Spelled::plain(&format!("{sign}{}", size * 8), size)
}

/// An enum's name, if it has one, its values, and the integer that it is.
pub type Enumeration = (Option<String>, Vec<(String, String)>, Spelled);

/// Of values that have each a name, and the number without and with a sign.
fn enumerated(
    name: Option<String>,
    size: usize,
    is_signed: bool,
    all: impl Iterator<Item = (Option<String>, u64, i64)>,
) -> Enumeration {
    let value = |(name, unsigned, signed): (Option<String>, u64, i64)| {
        let number = match is_signed {
            true => signed.to_string(),
            false => unsigned.to_string(),
        };
        Some((name?, number))
    };
    (
        name,
        all.filter_map(value).collect(),
        integer(size as u64, is_signed),
    )
}

impl Btf {
    pub(super) fn enumeration(&self, found: &T) -> Result<Enumeration> {
        Ok(match found {
            T::Enum(of) => {
                let all = of.members.iter().map(|member| {
                    let number = member.val();
                    (
                        self.name(member),
                        u64::from(number),
                        i64::from(number as i32),
                    )
                });
                enumerated(self.name(of), of.size(), of.is_signed(), all)
            }
            T::Enum64(of) => {
                let all = of.members.iter().map(|member| {
                    let number = member.val();
                    (self.name(member), number, number as i64)
                });
                enumerated(self.name(of), of.size(), of.is_signed(), all)
            }
            _ => (None, Vec::new(), Spelled::bytes(0)),
        })
    }

    pub(super) fn aggregate(found: &T) -> Option<Aggregate> {
        let (of, is_union) = match found {
            T::Struct(of) => (of, false),
            T::Union(of) => (of, true),
            _ => return None,
        };
        Some(Aggregate {
            members: of.members.clone(),
            size: of.size() as u64,
            is_union,
        })
    }

    /// Those of a name whose fields are known, and those that a typedef gives it as their only one.
    pub(super) fn aggregates(&self, name: &str) -> Vec<Aggregate> {
        let found = self
            .named(name)
            .into_iter()
            .filter_map(|found| match found {
                T::Typedef(of) => match self.bare(T::Typedef(of)).ok()? {
                    found @ (T::Struct(_) | T::Union(_)) => {
                        let own = self.name(found.as_btf_type()?);
                        Self::aggregate(&found).filter(|_| own.is_none())
                    }
                    _ => None,
                },
                found => Self::aggregate(&found),
            });
        found.collect()
    }

    /// What its fields need: an attribute that asks for more does not show, and one that packs it does.
    pub(super) fn alignment(&self, of: &Aggregate, depth: usize) -> u64 {
        let mut most = 1;
        for member in &of.members {
            let Some(align) = member
                .get_type_id()
                .ok()
                .and_then(|of| self.alignment_of(of, depth))
            else {
                continue;
            };
            let is_bits = member.bitfield_size().is_some_and(|bits| bits > 0);
            if is_bits {
                continue;
            }
            if u64::from(member.bit_offset() / 8) % align != 0 {
                return 1;
            }
            most = most.max(align);
        }
        match of.size % most {
            0 => most,
            _ => 1,
        }
    }

    fn alignment_of(&self, of: u32, depth: usize) -> Option<u64> {
        if depth > LONGEST_CHAIN {
            return None;
        }
        Some(match self.below(of).ok()?.0 {
            T::Int(int) => match int.size() as u64 {
                size @ (1 | 2 | 4 | 8) => size,
                _ => 1,
            },
            T::Enum(of) => of.size() as u64,
            T::Enum64(_) | T::Ptr(_) => 8,
            T::Float(of) => of.size() as u64,
            T::Array(array) => self.alignment_of(array.get_type_id().ok()?, depth + 1)?,
            found => self.alignment(&Self::aggregate(&found)?, depth + 1),
        })
    }
}
