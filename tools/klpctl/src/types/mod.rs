// SPDX-License-Identifier: GPL-2.0

//! What a function takes and returns, as far as its callers can tell: from BTF, from DWARF, or from
//! Rust's text.

mod bindings;
mod btf;
mod dwarf;
mod rust;
mod signature;

pub use bindings::Bindings;
pub use btf::Btf;
pub use dwarf::prototypes as read_dwarf;
pub use rust::parse as parse_rust;
pub use signature::Signature;

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
    /// One that is not known, with its text.
    Unknown(String),
}

/// What is pointed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pointee {
    /// A struct or union of this name in C.
    Struct(String),
    /// An integer of this size.
    Integer(u64),
    /// `void` or something without a name.
    Other,
    /// A Rust type of which it is not known what C calls it.
    Unknown(String),
}

/// How a replacement's prototype compares with the original's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// It is the same to a caller.
    Same,
    /// It differs.
    Differs(String),
    /// A type is not known.
    Unknown(String),
}

/// Compares a replacement's prototype with the original's. A difference that is certain comes
/// before a type that is not known.
pub fn compare(original: &Prototype, replacement: &Prototype) -> Comparison {
    let (takes, has) = (replacement.arguments.len(), original.arguments.len());
    if takes != has {
        return Comparison::Differs(format!(
            "the replacement takes {}, the original {}",
            count(takes),
            count(has)
        ));
    }
    if original.variadic != replacement.variadic {
        return Comparison::Differs(
            "one takes a variable number of arguments, the other does not".to_owned(),
        );
    }
    let results = std::iter::once((
        "the result".to_owned(),
        &original.result,
        &replacement.result,
    ));
    let numbered = original
        .arguments
        .iter()
        .zip(&replacement.arguments)
        .enumerate();
    let arguments = numbered
        .map(|(i, (original, replacement))| (format!("argument {}", i + 1), original, replacement));
    let mut unknown = None;
    for (which, original, replacement) in arguments.chain(results) {
        match same(original, replacement) {
            Some(true) => {}
            Some(false) => {
                return Comparison::Differs(format!(
                    "{which} is {replacement} in the replacement, {original} in the original"
                ))
            }
            None => {
                unknown = unknown.or(Some(format!(
                    "{which} is {replacement} in the replacement, {original} in the original"
                )))
            }
        }
    }
    unknown.map_or(Comparison::Same, Comparison::Unknown)
}

fn count(arguments: usize) -> String {
    match arguments {
        1 => "1 argument".to_owned(),
        n => format!("{n} arguments"),
    }
}

/// Whether a caller cannot tell the types apart; `None` where one is not known.
fn same(original: &Type, replacement: &Type) -> Option<bool> {
    if let (Some((size, signed)), Some((other, has_sign))) =
        (original.integer(), replacement.integer())
    {
        let has_either = matches!(original, Type::Enum { signed: false, .. });
        return Some(size == other && (signed == has_sign || has_either));
    }
    match (original, replacement) {
        (Type::Unknown(_), _) | (_, Type::Unknown(_)) => None,
        (Type::Pointer(original), Type::Pointer(replacement)) => {
            same_pointee(original, replacement)
        }
        // Rust's wrappers do not bear the name that C has.
        (Type::Aggregate { name: a, size: x }, Type::Aggregate { name: b, size: y }) if x == y => {
            (a == b).then_some(true)
        }
        (Type::Aggregate { size, .. }, other) | (other, Type::Aggregate { size, .. })
            if other.size() == *size =>
        {
            None
        }
        _ => Some(original == replacement),
    }
}

fn same_pointee(a: &Pointee, b: &Pointee) -> Option<bool> {
    match (a, b) {
        (Pointee::Other, _) | (_, Pointee::Other) => Some(true),
        (Pointee::Unknown(_), _) | (_, Pointee::Unknown(_)) => None,
        _ => Some(a == b),
    }
}

impl Type {
    /// The size and the sign.
    fn integer(&self) -> Option<(u64, bool)> {
        match self {
            Self::Integer { size, signed } | Self::Enum { size, signed } => Some((*size, *signed)),
            _ => None,
        }
    }

    fn size(&self) -> u64 {
        match self {
            Self::Void | Self::Unknown(_) => 0,
            Self::Bool => 1,
            Self::Pointer(_) => 8,
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
            Self::Pointer(Pointee::Other) => f.write_str("a pointer"),
            Self::Pointer(Pointee::Unknown(name)) => {
                write!(f, "a pointer to '{name}', which is not known")
            }
            Self::Aggregate {
                name: Some(name),
                size,
            } => write!(f, "struct {name} of {size} bytes by value"),
            Self::Aggregate { name: None, size } => write!(f, "a struct of {size} bytes by value"),
            Self::Unknown(text) => write!(f, "'{text}', which is not known"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INT: Type = Type::Integer {
        size: 4,
        signed: true,
    };

    fn prototype(arguments: &[Type], result: Type) -> Prototype {
        Prototype {
            arguments: arguments.to_vec(),
            result,
            variadic: false,
        }
    }

    fn pointer(name: &str) -> Type {
        Type::Pointer(Pointee::Struct(name.into()))
    }

    fn differs(original: &[Type], replacement: &[Type]) -> String {
        match compare(&prototype(original, INT), &prototype(replacement, INT)) {
            Comparison::Differs(why) => why,
            other => panic!("{original:?}, {replacement:?}: {other:?}"),
        }
    }

    #[test]
    fn each_kind_of_difference_is_told() {
        let long = Type::Integer {
            size: 8,
            signed: true,
        };
        let unsigned = Type::Integer {
            size: 4,
            signed: false,
        };
        assert!(differs(&[INT], &[]).contains("takes 0 arguments, the original 1 argument"));
        assert!(differs(&[INT], &[long]).contains("argument 1 is a signed integer of 64 bits"));
        assert!(differs(&[INT], &[unsigned.clone()])
            .contains("an unsigned integer of 32 bits in the replacement"));
        assert!(differs(&[INT], &[pointer("file")]).contains("a pointer to struct file"));
        assert!(differs(&[pointer("inode")], &[pointer("file")])
            .contains("struct inode in the original"));
        assert!(differs(
            &[Type::Bool],
            &[Type::Integer {
                size: 1,
                signed: false
            }]
        )
        .contains("a bool in the original"));
        let result = compare(&prototype(&[], INT), &prototype(&[], unsigned));
        assert!(matches!(result, Comparison::Differs(why) if why.starts_with("the result")));
    }

    #[test]
    fn an_enum_without_negative_values_is_an_integer_of_either_sign() {
        let is = |signed| Type::Enum { size: 4, signed };
        let unsigned = Type::Integer {
            size: 4,
            signed: false,
        };
        for replacement in [&INT, &unsigned, &is(true), &is(false)] {
            assert_eq!(same(&is(false), replacement), Some(true), "{replacement}");
        }
        assert_eq!(same(&is(true), &INT), Some(true));
        assert_eq!(same(&is(true), &unsigned), Some(false));
        assert_eq!(same(&is(false), &Type::Bool), Some(false));
        assert_eq!(same(&INT, &is(true)), Some(true));
        assert_eq!(same(&INT, &is(false)), Some(false));
    }

    #[test]
    fn a_pointer_to_nothing_in_particular_is_any_pointer() {
        let void = Type::Pointer(Pointee::Other);
        let result = compare(
            &prototype(&[pointer("file")], Type::Void),
            &prototype(&[void], Type::Void),
        );
        assert_eq!(result, Comparison::Same);
    }

    #[test]
    fn a_pointer_to_an_unknown_wrapper_is_not_known() {
        let wrapper = Type::Pointer(Pointee::Unknown("Wrapper".into()));
        let result = compare(
            &prototype(&[pointer("file")], Type::Void),
            &prototype(&[wrapper], Type::Void),
        );
        assert!(matches!(result, Comparison::Unknown(_)), "{result:?}");
    }

    #[test]
    fn what_is_not_known_is_never_the_same_and_hides_no_difference() {
        let unknown = Type::Unknown("Wrapper".into());
        let result = compare(&prototype(&[INT], INT), &prototype(&[unknown.clone()], INT));
        assert!(matches!(result, Comparison::Unknown(_)), "{result:?}");
        assert!(differs(&[INT, INT], &[unknown, Type::Bool]).starts_with("argument 2"));
    }
}
