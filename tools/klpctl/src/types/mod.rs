// SPDX-License-Identifier: GPL-2.0

//! What a function takes and returns, as far as its callers can tell: from BTF, from DWARF, or from
//! Rust's text.

mod bindings;
mod btf;
mod compare;
mod declare;
mod dwarf;
mod rust;
mod signature;
mod structs;
mod words;

pub use bindings::Bindings;
pub use btf::Btf;
pub use compare::{compare, compare_variable, Comparison};
pub use declare::{declare, Declarations};
pub use dwarf::{
    read as read_dwarf, read_inlined, read_source, CVariable, Compiled, Declared, Inlined, Source,
    Wanted,
};
pub use rust::parse as parse_rust;
pub use signature::Signature;
pub use structs::{Field, Layout, Structs};
pub use words::{identifier, is_word};

use std::fmt;

/// What a function takes and returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prototype {
    /// The arguments.
    pub arguments: Vec<Type>,
    /// The result.
    pub result: Type,
    /// Whether more arguments may follow.
    pub variadic: bool,
}

/// A type as it is passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Nothing.
    Void,
    /// `bool`
    Bool,
    /// An integer.
    Integer {
        /// In bytes.
        size: u64,
        /// Whether it has a sign.
        signed: bool,
    },
    /// An enum of C. It has a sign if one of its values needs one; else compilers and bindings
    /// may choose.
    Enum {
        /// In bytes.
        size: u64,
        /// Whether it has a sign.
        signed: bool,
    },
    /// A floating-point number of so many bytes.
    Float(u64),
    /// A pointer to something.
    Pointer(Pointee),
    /// A struct or a union by value.
    Aggregate {
        /// Its name in C, if it has one.
        name: Option<String>,
        /// In bytes.
        size: u64,
    },
    /// So many of a type, one after the other.
    Array(Box<Type>, u64),
    /// A struct of the patch's own by value.
    Own(Own),
    /// One that is not known, with its text.
    Unknown(String),
}

/// A struct or union of the patch's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// Its name.
    pub name: String,
    /// In bytes.
    pub size: u64,
    /// Which of the layouts is its.
    pub layout: usize,
    /// What it holds, if it holds nothing else: it may be a wrapper of that.
    pub holds: Option<Box<Type>>,
}

/// What is pointed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pointee {
    /// A struct or union of this name in C.
    Struct(String),
    /// An integer of this size.
    Integer(u64),
    /// A struct or union of the patch's own.
    Own(Own),
    /// `void` or something without a name.
    Other,
    /// A Rust type of which it is not known what C calls it.
    Unknown(String),
}

impl Prototype {
    /// The same, with the patch's own structs as if they were those of their names.
    pub fn by_name(&self) -> Self {
        Self {
            arguments: self.arguments.iter().map(Type::by_name).collect(),
            result: self.result.by_name(),
            variadic: self.variadic,
        }
    }
}

impl Own {
    /// The struct of C that it wraps, or else one of its own name.
    fn by_name(&self) -> Type {
        match self.holds.as_deref().map(Type::by_name) {
            Some(held @ Type::Aggregate { name: Some(_), .. }) => held,
            _ => Type::Aggregate {
                name: Some(self.name.clone()),
                size: self.size,
            },
        }
    }
}

impl Type {
    fn by_name(&self) -> Self {
        match self {
            Self::Own(own) => own.by_name(),
            Self::Pointer(Pointee::Own(own)) => Self::Pointer(Pointee::of(own.by_name())),
            other => other.clone(),
        }
    }

    /// The size and the sign.
    fn integer(&self) -> Option<(u64, bool)> {
        match self {
            Self::Integer { size, signed } | Self::Enum { size, signed } => Some((*size, *signed)),
            _ => None,
        }
    }

    /// In bytes; 0 where it is not known.
    pub fn size(&self) -> u64 {
        match self {
            Self::Void | Self::Unknown(_) => 0,
            Self::Bool => 1,
            Self::Pointer(_) => 8,
            Self::Own(own) => own.size,
            Self::Array(of, count) => of.size().saturating_mul(*count),
            Self::Integer { size, .. }
            | Self::Enum { size, .. }
            | Self::Float(size)
            | Self::Aggregate { size, .. } => *size,
        }
    }
}

impl fmt::Display for Prototype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arguments: Vec<_> = self.arguments.iter().map(ToString::to_string).collect();
        write!(f, "({}) -> {}", arguments.join(", "), self.result)
    }
}

impl Pointee {
    /// What a pointer to a type points to, as far as it matters.
    fn of(pointed_to: Type) -> Self {
        match pointed_to {
            Type::Bool => Self::Integer(1),
            Type::Integer { size, .. } => Self::Integer(size),
            Type::Aggregate {
                name: Some(name), ..
            } => Self::Struct(name),
            Type::Own(own) => Self::Own(own),
            Type::Unknown(text) => Self::Unknown(text),
            _ => Self::Other,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Void => f.write_str("nothing"),
            Self::Bool => f.write_str("a bool"),
            Self::Integer { size, signed } => {
                write!(
                    f,
                    "{} integer of {} bits",
                    if *signed { "a signed" } else { "an unsigned" },
                    size * 8
                )
            }
            Self::Enum { size, .. } => write!(f, "an enum of {} bits", size * 8),
            Self::Float(size) => write!(f, "a floating-point number of {} bits", size * 8),
            Self::Pointer(Pointee::Struct(name)) => write!(f, "a pointer to struct {name}"),
            Self::Pointer(Pointee::Integer(size)) => {
                write!(f, "a pointer to an integer of {} bits", size * 8)
            }
            Self::Pointer(Pointee::Own(own)) => write!(f, "a pointer to '{}'", own.name),
            Self::Pointer(Pointee::Other) => f.write_str("a pointer"),
            Self::Pointer(Pointee::Unknown(name)) => {
                write!(f, "a pointer to '{name}', which is not known")
            }
            Self::Aggregate {
                name: Some(name),
                size,
            } => write!(f, "struct {name} of {size} bytes by value"),
            Self::Aggregate { name: None, size } => write!(f, "a struct of {size} bytes by value"),
            Self::Array(of, count) => write!(f, "an array of {count}, each {of}"),
            Self::Own(own) => write!(f, "'{}' of {} bytes by value", own.name, own.size),
            Self::Unknown(text) => write!(f, "'{text}', which is not known"),
        }
    }
}
