// SPDX-License-Identifier: GPL-2.0

//! The fields of the kernel's structs and unions.

use super::{Btf, LONGEST_CHAIN};
use crate::types::Type;
use anyhow::{bail, Result};
use btf_rs::{BtfType, Type as T};
use std::fmt;

/// What has no name in a struct is far less.
const MOST_UNNAMED: usize = 1024;

/// A struct or union of the kernel's.
#[derive(Clone, Debug)]
pub struct KernelStruct {
    /// Its name, or that of the typedef that is its only name.
    pub name: Option<String>,
    /// In bytes.
    pub size: u64,
    members: Vec<btf_rs::Member>,
}

/// A field of it, or one of what has no name in it.
#[derive(Clone, Debug)]
pub struct KernelField {
    /// Its name.
    pub name: String,
    /// Where it is, in bits.
    pub offset: u64,
    /// How many bits it has, if it is a bit field.
    pub bits: Option<u32>,
    /// Its type.
    pub of: u32,
}

/// What is held in a field.
#[derive(Clone, Debug)]
pub enum Held {
    /// A struct or union.
    Struct(KernelStruct),
    /// So many of a type, and their size in all.
    Array(u32, u64),
    /// Anything else.
    Value(Type),
}

impl Held {
    /// In bytes.
    pub fn size(&self) -> u64 {
        match self {
            Self::Struct(of) => of.size,
            Self::Array(_, size) => *size,
            Self::Value(of) => of.size(),
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Struct(of) => match &of.name {
                Some(name) => write!(f, "struct {name} of {} bytes", of.size),
                None => write!(f, "a struct of {} bytes", of.size),
            },
            Self::Array(_, size) => write!(f, "an array of {size} bytes"),
            Self::Value(of) => of.fmt(f),
        }
    }
}

impl Btf {
    /// Whether there is a struct or union of the name, or a typedef of one that has no other.
    pub fn has_struct(&self, name: &str) -> bool {
        !self.named_structs(name).is_empty()
    }

    /// The names of all structs and unions.
    pub fn struct_names(&self) -> Vec<String> {
        let all = (1..).map_while(|id| self.0.resolve_type_by_id(id).ok());
        all.filter_map(|found| match found {
            T::Struct(of) | T::Union(of) => self.name(&of),
            _ => None,
        })
        .collect()
    }

    /// Those whose fields are known.
    pub fn structs(&self, name: &str) -> Vec<KernelStruct> {
        let mut found = self.named_structs(name);
        found.retain(|of| of.size == 0 || !of.members.is_empty());
        found
    }

    fn named_structs(&self, name: &str) -> Vec<KernelStruct> {
        let found = self.named(name).into_iter();
        found
            .filter_map(|of| match of {
                T::Struct(of) | T::Union(of) => Some(self.structure(of, Some(name))),
                T::Typedef(of) => match self.bare(T::Typedef(of)).ok()? {
                    T::Struct(of) | T::Union(of) if self.name(&of).is_none() => {
                        Some(self.structure(of, Some(name)))
                    }
                    _ => None,
                },
                _ => None,
            })
            .collect()
    }

    fn structure(&self, of: btf_rs::Struct, typedef: Option<&str>) -> KernelStruct {
        KernelStruct {
            name: self.name(&of).or(typedef.map(str::to_owned)),
            size: of.size() as u64,
            members: of.members,
        }
    }

    /// The fields. What has no name in it is part of it, as it is to the C compiler.
    pub fn fields(&self, of: &KernelStruct) -> Vec<KernelField> {
        let mut found = Vec::new();
        let mut left = vec![(0, of.members.clone())];
        // A damaged struct may hold itself.
        for _ in 0..MOST_UNNAMED {
            let Some((start, members)) = left.pop() else {
                break;
            };
            for member in members {
                let Ok(of) = member.get_type_id() else {
                    continue;
                };
                let offset = start + u64::from(member.bit_offset());
                if let Some(name) = self.name(&member) {
                    let bits = member.bitfield_size().filter(|&bits| bits > 0);
                    found.push(KernelField {
                        name,
                        offset,
                        bits,
                        of,
                    });
                } else if let Ok((T::Struct(inner) | T::Union(inner), _)) = self.below(of) {
                    left.push((offset, inner.members));
                }
            }
        }
        found
    }

    /// What a type is, below typedefs and qualifiers.
    pub fn held(&self, of: u32) -> Result<Held> {
        let (of, typedef) = self.below(of)?;
        Ok(match of {
            T::Struct(of) | T::Union(of) => Held::Struct(self.structure(of, typedef.as_deref())),
            T::Array(of) => Held::Array(of.get_type_id()?, self.size(&of)?),
            other => Held::Value(self.classify(other)?),
        })
    }

    /// The type, and the last typedef that it is called by.
    pub(in crate::types) fn below(&self, of: u32) -> Result<(T, Option<String>)> {
        let (mut found, mut typedef) = (self.0.resolve_type_by_id(of)?, None);
        for _ in 0..LONGEST_CHAIN {
            let inner = match &found {
                T::Typedef(inner) => {
                    typedef = self.name(inner);
                    inner.get_type_id()?
                }
                T::TypeTag(inner) => inner.get_type_id()?,
                T::Const(inner) | T::Volatile(inner) | T::Restrict(inner) => inner.get_type_id()?,
                _ => return Ok((found, typedef)),
            };
            found = self.0.resolve_type_by_id(inner)?;
        }
        bail!("a chain of typedefs does not end")
    }

    fn size(&self, array: &btf_rs::Array) -> Result<u64> {
        let (mut of, mut size) = (array.clone(), 1u64);
        for _ in 0..LONGEST_CHAIN {
            size = size.saturating_mul(of.len() as u64);
            match self.below(of.get_type_id()?)?.0 {
                T::Array(inner) => of = inner,
                T::Struct(inner) | T::Union(inner) => {
                    return Ok(size.saturating_mul(inner.size() as u64))
                }
                other => return Ok(size.saturating_mul(self.classify(other)?.size())),
            }
        }
        bail!("arrays of arrays do not end")
    }
}
