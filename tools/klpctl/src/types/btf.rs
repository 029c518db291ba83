// SPDX-License-Identifier: GPL-2.0

//! The C compiler's types, in BTF: those of a kernel, or of a module, alone or on top of a
//! kernel's.
//!
//! # Security
//!
//! The bytes are not trusted. Their header is checked before the parser sees them; chains of types
//! end after [`LONGEST_CHAIN`].

mod structs;

use super::{Pointee, Prototype, Type};
use anyhow::{bail, ensure, Context, Result};
use btf_rs::BtfType;

pub(super) use structs::{Held, KernelField, KernelStruct};

/// Every kernel's chains of typedefs and qualifiers are far shorter.
pub(super) const LONGEST_CHAIN: usize = 64;
/// A stock kernel's BTF is 6 MiB.
const LARGEST: usize = 24 << 20;

/// Types in BTF.
pub struct Btf(pub(super) btf_rs::Btf);

impl Btf {
    /// Reads a kernel's types, or those of a module that stands alone.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        check_header(bytes)?;
        Ok(Self(btf_rs::Btf::from_bytes(bytes)?))
    }

    /// Reads a module's types, on top of others.
    pub fn parse_split(bytes: &[u8], base: &Self) -> Result<Self> {
        check_header(bytes)?;
        Ok(Self(btf_rs::Btf::from_split_bytes(bytes, &base.0)?))
    }

    /// A function's prototype, if the types have the function.
    pub fn function(&self, name: &str) -> Result<Option<Prototype>> {
        let prototype = self.prototype_of(name)?;
        prototype
            .map(|prototype| self.prototype(&prototype))
            .transpose()
    }

    pub(super) fn prototype_of(&self, name: &str) -> Result<Option<btf_rs::FuncProto>> {
        let function = self.named(name).into_iter().find_map(|found| match found {
            btf_rs::Type::Func(function) => Some(function),
            _ => None,
        });
        let Some(function) = function else {
            return match is_system_call(name) {
                true => self.prototype_of_system_calls(),
                false => Ok(None),
            };
        };
        match self.0.resolve_chained_type(&function)? {
            btf_rs::Type::FuncProto(prototype) => Ok(Some(prototype)),
            _ => bail!("the function {name} has no prototype in BTF"),
        }
    }

    /// All system calls are entered in one way; the types leave out those that use no argument.
    fn prototype_of_system_calls(&self) -> Result<Option<btf_rs::FuncProto>> {
        let pointers = self.named("sys_call_ptr_t").into_iter();
        let Some(btf_rs::Type::Ptr(pointer)) =
            pointers.map(|found| self.bare(found)).next().transpose()?
        else {
            return Ok(None);
        };
        Ok(match self.0.resolve_chained_type(&pointer)? {
            btf_rs::Type::FuncProto(prototype) => Some(prototype),
            _ => None,
        })
    }

    /// The type of a variable, if the types have it: the kernel's have those that are per-CPU.
    pub fn variable(&self, name: &str) -> Result<Option<Type>> {
        let variable = self.named(name).into_iter().find_map(|found| match found {
            btf_rs::Type::Var(variable) => Some(variable),
            _ => None,
        });
        variable.map(|variable| self.type_of(&variable)).transpose()
    }

    pub(super) fn named(&self, name: &str) -> Vec<btf_rs::Type> {
        self.0.resolve_types_by_name(name).unwrap_or_default()
    }

    fn prototype(&self, prototype: &btf_rs::FuncProto) -> Result<Prototype> {
        let variadic = prototype
            .parameters
            .last()
            .is_some_and(btf_rs::Parameter::is_variadic);
        let fixed = prototype.parameters.len() - usize::from(variadic);
        let arguments = prototype.parameters[..fixed].iter();
        Ok(Prototype {
            arguments: arguments
                .map(|parameter| self.type_of(parameter))
                .collect::<Result<_>>()?,
            result: self
                .classify(self.bare(self.0.resolve_type_by_id(prototype.return_type_id())?)?)?,
            variadic,
        })
    }

    fn type_of(&self, from: &dyn BtfType) -> Result<Type> {
        self.classify(self.bare(self.0.resolve_chained_type(from)?)?)
    }

    /// The type below typedefs and qualifiers.
    pub(super) fn bare(&self, mut found: btf_rs::Type) -> Result<btf_rs::Type> {
        use btf_rs::Type as T;
        for _ in 0..LONGEST_CHAIN {
            found = match &found {
                T::Typedef(inner) | T::TypeTag(inner) => self.0.resolve_chained_type(inner)?,
                T::Const(inner) | T::Volatile(inner) | T::Restrict(inner) => {
                    self.0.resolve_chained_type(inner)?
                }
                _ => return Ok(found),
            };
        }
        bail!("a chain of typedefs does not end")
    }

    fn classify(&self, found: btf_rs::Type) -> Result<Type> {
        use btf_rs::Type as T;
        Ok(match found {
            T::Void => Type::Void,
            T::Int(int) if int.is_bool() => Type::Bool,
            T::Int(int) => Type::Integer {
                size: int.size() as u64,
                signed: int.is_signed(),
            },
            T::Enum(int) => Type::Enum {
                size: int.size() as u64,
                signed: int.is_signed(),
            },
            T::Enum64(int) => Type::Enum {
                size: int.size() as u64,
                signed: int.is_signed(),
            },
            T::Float(float) => Type::Float(float.size() as u64),
            T::Struct(found) | T::Union(found) => Type::Aggregate {
                name: self.name(&found),
                size: found.size() as u64,
            },
            T::Ptr(pointer) => Type::Pointer(self.pointee(&pointer)?),
            other => Type::Unknown(other.name().to_owned()),
        })
    }

    fn pointee(&self, pointer: &btf_rs::Ptr) -> Result<Pointee> {
        use btf_rs::Type as T;
        Ok(match self.bare(self.0.resolve_chained_type(pointer)?)? {
            T::Struct(found) | T::Union(found) => {
                self.name(&found).map_or(Pointee::Other, Pointee::Struct)
            }
            T::Fwd(found) => self.name(&found).map_or(Pointee::Other, Pointee::Struct),
            T::Int(int) => Pointee::Integer(int.size() as u64),
            _ => Pointee::Other,
        })
    }

    pub(super) fn name(&self, of: &dyn BtfType) -> Option<String> {
        self.0.resolve_name(of).ok().filter(|name| !name.is_empty())
    }
}

/// Whether a function is where a system call enters, by what the kernel's macros call it.
fn is_system_call(name: &str) -> bool {
    ["__x64_", "__ia32_"]
        .iter()
        .filter_map(|entry| name.strip_prefix(entry))
        .any(|name| name.starts_with("sys_") || name.starts_with("compat_sys_"))
}

/// `struct btf_header`: magic, version, flags, length, then where types and strings are.
fn check_header(bytes: &[u8]) -> Result<()> {
    ensure!(
        bytes.len() <= LARGEST,
        "the type information (BTF) is larger than {} MiB",
        LARGEST >> 20
    );
    let word = |at: usize| {
        let word = bytes.get(at..at + 4)?;
        Some(u64::from(u32::from_le_bytes(word.try_into().ok()?)))
    };
    let fits = || {
        let len = word(4)?;
        let ends = [(8, 12), (16, 20)].map(|(start, size)| Some(len + word(start)? + word(size)?));
        ends.into_iter()
            .try_fold(true, |fits, end| Some(fits && end? <= bytes.len() as u64))
    };
    ensure!(
        bytes.starts_with(&[0x9f, 0xeb]),
        "it is no type information (BTF)"
    );
    ensure!(
        fits().context("the type information (BTF) is cut off")?,
        "the type information (BTF) is cut off"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_points_outside_is_refused_before_it_is_followed() {
        let header = |words: [u32; 5]| {
            let start = [0x9f, 0xeb, 1, 0].into_iter();
            start
                .chain(words.into_iter().flat_map(u32::to_le_bytes))
                .collect::<Vec<u8>>()
        };
        assert!(Btf::parse(&header([24, 0, 0, 0, 0])).is_ok());
        for words in [
            [0xffff_fff0, 0, 0, 0x20, 0],
            [24, 1, 0, 0, 0],
            [24, 0, 0, 0, 1],
        ] {
            let error = Btf::parse(&header(words))
                .err()
                .map(|error| error.to_string());
            assert_eq!(
                error.as_deref(),
                Some("the type information (BTF) is cut off"),
                "{words:?}"
            );
        }
    }
}
