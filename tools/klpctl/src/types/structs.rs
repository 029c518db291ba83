// SPDX-License-Identifier: GPL-2.0

//! Whether a struct that a patch declares for itself is the kernel's of that name, as far as it goes.
//!
//! It need not have all fields. What it has stands where the kernel's field of that name stands and is
//! of its size and kind. Names that begin with `_` and that the kernel's struct lacks are padding.

#[cfg(test)]
mod tests;

use super::{
    btf::{Held, KernelField, KernelStruct},
    compare::{same_integer, same_pointee},
    Btf, Comparison, Own, Type,
};
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

/// Structs within structs are far fewer.
const DEEPEST: usize = 64;

/// A struct or union as it was compiled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Its name.
    pub name: String,
    /// In bytes.
    pub size: u64,
    /// Its fields in the order of their places; `None` where it is one of several things, as a Rust
    /// enum is.
    pub fields: Option<Vec<Field>>,
}

/// A field as it was compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Where it is, in bits.
    pub offset: u64,
    /// Its type.
    pub of: Type,
}

/// The structs of a patch, and the types of the kernel that it is compared with.
#[derive(Default)]
pub struct Structs<'a> {
    own: &'a [Layout],
    kernel: Vec<&'a Btf>,
    known: RefCell<HashMap<(String, usize), Comparison>>,
    depth: Cell<usize>,
}

impl<'a> Structs<'a> {
    /// The patch's own structs, and types of the kernel: those first that are looked at first.
    pub fn new(own: &'a [Layout], kernel: Vec<&'a Btf>) -> Self {
        Self {
            own,
            kernel,
            ..Self::default()
        }
    }

    /// Whether the kernel has a struct or union of the name.
    pub fn kernel_has(&self, name: &str) -> bool {
        self.kernel.iter().any(|btf| btf.has_struct(name))
    }

    /// Compares one of the patch's with the kernel's of that name. Where there are several, it is
    /// enough to be like one.
    pub fn compare(&self, own: &Own) -> Comparison {
        let key = (own.name.clone(), own.layout);
        if let Some(found) = self.known.borrow().get(&key) {
            return found.clone();
        }
        // Structs that lead to each other are the same if nothing else differs.
        self.known
            .borrow_mut()
            .insert(key.clone(), Comparison::Same);
        self.depth.set(self.depth.get() + 1);
        let found = self.compare_by_name(own);
        self.depth.set(self.depth.get() - 1);
        self.known.borrow_mut().insert(key, found.clone());
        found
    }

    fn compare_by_name(&self, own: &Own) -> Comparison {
        let Own { name, layout, .. } = own;
        if self.depth.get() > DEEPEST {
            return Comparison::Unknown(format!("leads from struct to struct as far as '{name}'"));
        }
        let candidates: Vec<_> = self
            .kernel
            .iter()
            .map(|btf| (*btf, btf.structs(name)))
            .find(|(_, found)| !found.is_empty())
            .map_or(Vec::new(), |(btf, found)| {
                found.into_iter().map(|of| (btf, of)).collect()
            });
        if candidates.is_empty() && self.is_name_alone(*layout) {
            return Comparison::Same;
        }
        let several = candidates.len();
        let mut found = Comparison::Unknown(format!(
            "leads to struct {name}, whose fields are not in the type information (BTF)"
        ));
        for (i, (btf, of)) in candidates.iter().enumerate() {
            let this = self.with(btf, of, *layout, 0);
            if this == Comparison::Same || i == 0 {
                found = this;
            }
        }
        match found {
            Comparison::Differs(what) if several > 1 => Comparison::Unknown(format!(
                "{what}; the kernel has {several} structs of that name, and it is like none"
            )),
            found => found,
        }
    }

    /// Whether a type was only declared in C, of which bindgen makes a struct of its own.
    fn is_name_alone(&self, layout: usize) -> bool {
        let fields = self.own.get(layout).and_then(|own| own.fields.as_deref());
        matches!(fields, Some([only]) if ["_unused", "_address"].contains(&only.name.as_str()))
    }

    /// Compares with one of the kernel's.
    fn with(&self, btf: &Btf, kernel: &KernelStruct, layout: usize, depth: usize) -> Comparison {
        let Some(own) = self.own.get(layout).filter(|_| depth < DEEPEST) else {
            return Comparison::Unknown("leads to a struct that is not known".to_owned());
        };
        let name = &own.name;
        if own.size > kernel.size {
            return Comparison::Differs(format!(
                "leads to struct {name}, which is of {} bytes in the patch, of {} in the kernel",
                own.size, kernel.size
            ));
        }
        let Some(fields) = &own.fields else {
            return Comparison::Unknown(format!("leads to '{name}', which is an enum of Rust's"));
        };
        let known = btf.fields(kernel);
        let by_name: HashMap<_, _> = known
            .iter()
            .map(|field| (field.name.as_str(), field))
            .collect();
        fields
            .iter()
            .filter(|field| field.of.size() > 0 || matches!(field.of, Type::Unknown(_)))
            .map(|field| match of_name(&by_name, &field.name) {
                Some(kernel) => self.field(btf, name, kernel, field, depth),
                None => self.without_name(btf, name, &known, field, depth),
            })
            .fold(Comparison::Same, Comparison::and)
    }

    fn field(
        &self,
        btf: &Btf,
        of: &str,
        kernel: &KernelField,
        own: &Field,
        depth: usize,
    ) -> Comparison {
        let field = format!("the field '{}' of struct {of}", own.name);
        if kernel.offset != own.offset {
            return Comparison::Differs(format!(
                "leads to {field}, which is at {} in the patch, at {} in the kernel",
                place(own.offset),
                place(kernel.offset)
            ));
        }
        if let Some(bits) = kernel.bits {
            return Comparison::Differs(format!(
                "leads to {field}, which is a bit field of {bits} in the kernel"
            ));
        }
        let held = btf.held(kernel.of);
        let say = |kernel: &dyn std::fmt::Display| {
            format!(
                "leads to {field}, which is {} in the patch, {kernel} in the kernel",
                own.of
            )
        };
        match held {
            Ok(held) => self.held(btf, &held, &own.of, depth, &|| say(&held)),
            Err(_) => Comparison::Unknown(say(&"not known")),
        }
    }

    /// A field whose name the kernel's struct lacks: padding, a tuple's, or a mistake, if not that
    /// the patch calls by another name what is there.
    fn without_name(
        &self,
        btf: &Btf,
        of: &str,
        known: &[KernelField],
        own: &Field,
        depth: usize,
    ) -> Comparison {
        let there = known.iter().find(|field| field.offset == own.offset);
        let is_unnamed = own.name.strip_prefix("__").is_some_and(is_number);
        match there {
            Some(kernel) if is_unnamed => self.field(btf, of, kernel, own, depth),
            _ if own.name.starts_with('_') && !is_unnamed => Comparison::Same,
            Some(kernel) if is_as_large(btf, kernel, own) => Comparison::Unknown(format!(
                "leads to the field '{}' of struct {of}, where the kernel has '{}': call it so, or let \
                its name begin with '_' if nobody uses it",
                own.name, kernel.name
            )),
            _ => Comparison::Differs(format!(
                "leads to the field '{}' of struct {of}, which the kernel's lacks, nor has it one of \
                that size at {}",
                own.name,
                place(own.offset)
            )),
        }
    }

    /// What is at one place in both.
    fn held(
        &self,
        btf: &Btf,
        kernel: &Held,
        own: &Type,
        depth: usize,
        say: &dyn Fn() -> String,
    ) -> Comparison {
        let known = |is_same| match is_same {
            true => Comparison::Same,
            false => Comparison::Differs(say()),
        };
        if depth > DEEPEST {
            return Comparison::Unknown(say());
        }
        if kernel.size() != own.size() {
            return known(false);
        }
        match (kernel, own) {
            (_, Type::Array(of, _)) if is_byte(of) => Comparison::Same,
            (Held::Struct(of), Type::Own(own)) if of.name.as_ref() == Some(&own.name) => {
                self.with(btf, of, own.layout, depth + 1)
            }
            // A union of one struct has the fields of both.
            (Held::Struct(of), Type::Own(own))
                if self.with(btf, of, own.layout, depth + 1) == Comparison::Same =>
            {
                Comparison::Same
            }
            (
                kernel,
                Type::Own(Own {
                    holds: Some(inner), ..
                }),
            ) => self.held(btf, kernel, inner, depth + 1, say),
            (Held::Struct(of), Type::Own(own)) => self.with(btf, of, own.layout, depth + 1),
            (Held::Struct(of), Type::Aggregate { name, .. }) => match (&of.name, name) {
                (Some(kernel), Some(own)) => known(kernel == own),
                _ => Comparison::Same,
            },
            (Held::Struct(of), own) => self.only_field(btf, of, own, depth, say),
            (Held::Array(of, _), Type::Array(own, _)) => match btf.held(*of) {
                Ok(of) => self.held(btf, &of, own, depth + 1, say),
                Err(_) => Comparison::Unknown(say()),
            },
            (Held::Value(Type::Pointer(kernel)), Type::Pointer(own)) => {
                same_pointee(kernel, own, self, say)
            }
            // An address that is not followed.
            (Held::Value(Type::Pointer(_)), Type::Integer { .. }) => Comparison::Same,
            (Held::Value(Type::Bool), Type::Integer { .. }) => Comparison::Same,
            (Held::Value(kernel), own) => match same_integer(kernel, own) {
                Some(is_same) => known(is_same),
                None if matches!(kernel, Type::Unknown(_)) => Comparison::Unknown(say()),
                None if matches!(own, Type::Unknown(_) | Type::Array(..) | Type::Own(_)) => {
                    Comparison::Unknown(say())
                }
                None => known(kernel == own),
            },
            (Held::Array(..), _) => Comparison::Unknown(say()),
        }
    }

    /// A struct of the kernel that is a wrapper of one value, as `atomic_t` is, or a union.
    fn only_field(
        &self,
        btf: &Btf,
        kernel: &KernelStruct,
        own: &Type,
        depth: usize,
        say: &dyn Fn() -> String,
    ) -> Comparison {
        let whole = btf
            .fields(kernel)
            .into_iter()
            .filter(|field| field.offset == 0);
        let is_same = |field: KernelField| {
            let held = btf.held(field.of).ok()?;
            (self.held(btf, &held, own, depth + 1, say) == Comparison::Same).then_some(())
        };
        match whole.filter_map(is_same).next() {
            Some(()) => Comparison::Same,
            None => Comparison::Unknown(say()),
        }
    }
}

/// What is a keyword in Rust has a `_` behind it.
fn of_name<'f>(fields: &HashMap<&str, &'f KernelField>, name: &str) -> Option<&'f KernelField> {
    let plain = name.strip_prefix("r#").unwrap_or(name);
    let found = fields
        .get(plain)
        .or_else(|| fields.get(plain.strip_suffix('_')?));
    found.copied()
}

/// Bit fields are as large as whatever holds them.
fn is_as_large(btf: &Btf, kernel: &KernelField, own: &Field) -> bool {
    let same = |held: Held| held.size() == own.of.size();
    kernel.bits.is_some() || btf.held(kernel.of).is_ok_and(same)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_byte(of: &Type) -> bool {
    matches!(of, Type::Integer { size: 1, .. })
}

/// An offset in bits as bytes, with the bits that are left.
fn place(bits: u64) -> String {
    match bits % 8 {
        0 => format!("{}", bits / 8),
        rest => format!("{}, bit {rest},", bits / 8),
    }
}
