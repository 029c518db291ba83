// SPDX-License-Identifier: GPL-2.0

//! A C function's prototype in Rust, in the types of the kernel's bindings.

use super::{rust, words::identifier, Bindings, Btf};
use anyhow::{bail, ensure, Context, Result};
use btf_rs::Type as T;
use std::collections::BTreeSet;

/// How far pointers to pointers are followed.
const DEEPEST: usize = 4;
/// The registers that arguments are passed in.
const MOST_ARGUMENTS: usize = 6;

/// A prototype in Rust.
#[derive(Debug, PartialEq, Eq)]
pub struct Signature {
    /// The names and types of the arguments.
    pub arguments: Vec<(String, String)>,
    /// The type of the result, if there is one.
    pub result: Option<String>,
    /// The structs that pointers are to and that the bindings lack.
    pub structs: BTreeSet<String>,
    /// Whether it can be compared with the bindings' function. Not where a pointer stands in for
    /// a type that they lack.
    pub is_exact: bool,
}

struct Writer<'a> {
    btf: &'a Btf,
    bindings: &'a Bindings,
    /// Where those are that the bindings lack, if they are to be anywhere.
    types: Option<&'a str>,
    structs: BTreeSet<String>,
    is_exact: bool,
}

impl Btf {
    /// A function's prototype in Rust, if a livepatch can replace a function of that prototype. `types` is the module
    /// with the structs that the bindings lack; without it, pointers to these are to `c_void`.
    pub fn signature(
        &self,
        function: &str,
        bindings: &Bindings,
        types: Option<&str>,
    ) -> Result<Signature> {
        ensure!(
            !bindings.never_returns(function),
            "it never returns, as a replacement always does"
        );
        let prototype = self.prototype_of(function)?.with_context(|| {
            format!(
                "the type information (BTF) has no function '{function}', or several that \
                differ: write its prototype by hand, from the source"
            )
        })?;
        let mut writer = Writer {
            btf: self,
            bindings,
            types,
            structs: BTreeSet::new(),
            is_exact: !bindings.is_no_function(function),
        };
        let mut arguments = Vec::new();
        for (i, parameter) in prototype.parameters.iter().enumerate() {
            ensure!(
                !parameter.is_variadic(),
                "it takes a variable number of arguments, which a replacement cannot"
            );
            let name = self.0.resolve_name(parameter).unwrap_or_default();
            let of = writer.passed(self.0.resolve_chained_type(parameter)?)?;
            arguments.push((
                argument(&name, i),
                of.context("an argument has the type void")?,
            ));
        }
        ensure!(
            arguments.len() <= MOST_ARGUMENTS,
            "it takes {} arguments, a replacement at most {MOST_ARGUMENTS}",
            arguments.len()
        );
        let result = writer.passed(self.0.resolve_type_by_id(prototype.return_type_id())?)?;
        Ok(Signature {
            arguments,
            result,
            structs: writer.structs,
            is_exact: writer.is_exact,
        })
    }
}

/// C's name, where it is one in Rust too.
fn argument(name: &str, index: usize) -> String {
    match name {
        "" => format!("arg{index}"),
        name => identifier(name),
    }
}

impl Writer<'_> {
    /// The type of an argument or a result; `None` for void.
    fn passed(&mut self, of: T) -> Result<Option<String>> {
        Ok(Some(match self.btf.bare(of)? {
            T::Void => return Ok(None),
            T::Ptr(pointer) => self.pointer(&pointer, 0)?,
            T::Int(int) => self.int(&int)?,
            T::Enum(of) => self.enumeration(self.btf.name(&of), of.size(), of.is_signed())?,
            T::Enum64(of) => self.enumeration(self.btf.name(&of), of.size(), of.is_signed())?,
            T::Struct(_) | T::Union(_) => bail!(
                "it takes or returns a struct by value: write its \
                prototype by hand, with klp::InRegisters"
            ),
            other => bail!(
                "it takes or returns a {}, which is not passed in integer \
                registers",
                other.name()
            ),
        }))
    }

    fn int(&self, int: &btf_rs::Int) -> Result<String> {
        let name = self.btf.0.resolve_name(int).unwrap_or_default();
        Ok(match (int.size(), int.is_signed()) {
            _ if int.is_bool() => "bool",
            (1, false) if name == "char" => "ffi::c_char",
            (8, true) if name.contains("long long") => "i64",
            (8, false) if name.contains("long long") => "u64",
            (size, signed) => sized(size, signed)?,
        }
        .to_owned())
    }

    /// An integer; in the bindings some enums have another sign than in BTF, and some are structs.
    fn enumeration(&mut self, name: Option<String>, size: usize, signed: bool) -> Result<String> {
        let name = name.unwrap_or_default();
        let alias = self.bindings.alias(&name);
        let alias =
            alias.filter(|alias| rust::integer(alias).is_some_and(|(of, _)| of == size as u64));
        self.is_exact &= alias.is_some() || !self.bindings.has(&name);
        Ok(alias.map_or(sized(size, signed)?, |alias| alias).to_owned())
    }

    fn pointer(&mut self, pointer: &btf_rs::Ptr, depth: usize) -> Result<String> {
        let (of, typedef, is_const) = self.pointee(pointer)?;
        let start = if is_const { "*const" } else { "*mut" };
        let of = match &of {
            T::Struct(inner) | T::Union(inner) => {
                let name = self.btf.name(inner).or(typedef);
                name.and_then(|name| self.structure(name))
            }
            T::Fwd(of) => {
                let name = self.btf.name(of).or(typedef);
                name.filter(|name| self.bindings.has(name))
                    .map(|name| format!("bindings::{name}"))
            }
            T::Int(int) => self.int(int).ok(),
            T::Enum(of) => self
                .enumeration(self.btf.name(of), of.size(), of.is_signed())
                .ok(),
            T::Ptr(pointer) if depth < DEEPEST => Some(self.pointer(pointer, depth + 1)?),
            T::Void => Some("ffi::c_void".to_owned()),
            _ => None,
        };
        self.is_exact &= of.is_some();
        Ok(format!(
            "{start} {}",
            of.as_deref().unwrap_or("ffi::c_void")
        ))
    }

    /// What the bindings have, or else what is declared beside.
    fn structure(&mut self, name: String) -> Option<String> {
        if self.bindings.has(&name) {
            return Some(format!("bindings::{name}"));
        }
        self.is_exact = false;
        let types = self.types?;
        let text = format!("{types}::{name}");
        self.structs.insert(name);
        Some(text)
    }

    /// What is pointed to, the last typedef that it is called by, and whether it is const.
    fn pointee(&self, pointer: &btf_rs::Ptr) -> Result<(T, Option<String>, bool)> {
        let (mut typedef, mut is_const) = (None, false);
        let mut of = self.btf.0.resolve_chained_type(pointer)?;
        for _ in 0..super::btf::LONGEST_CHAIN {
            of = match &of {
                T::Typedef(inner) => {
                    typedef = self.btf.name(inner);
                    self.btf.0.resolve_chained_type(inner)?
                }
                T::TypeTag(inner) => self.btf.0.resolve_chained_type(inner)?,
                T::Const(inner) => {
                    is_const = true;
                    self.btf.0.resolve_chained_type(inner)?
                }
                T::Volatile(inner) | T::Restrict(inner) => {
                    self.btf.0.resolve_chained_type(inner)?
                }
                _ => return Ok((of, typedef, is_const)),
            };
        }
        bail!("a chain of typedefs does not end")
    }
}

fn sized(size: usize, signed: bool) -> Result<&'static str> {
    Ok(match (size, signed) {
        (1, true) => "i8",
        (1, false) => "u8",
        (2, true) => "ffi::c_short",
        (2, false) => "ffi::c_ushort",
        (4, true) => "ffi::c_int",
        (4, false) => "ffi::c_uint",
        (8, true) => "ffi::c_long",
        (8, false) => "ffi::c_ulong",
        _ => bail!("it takes or returns an integer of {size} bytes, which needs two registers"),
    })
}
