// SPDX-License-Identifier: GPL-2.0

//! A prototype as text, in which the description of a livepatch has it: in Rust.

use crate::types::{Own, Pointee, Prototype, Type};

/// What is said of the prototype of what is replaced.
#[derive(Clone, Debug)]
pub struct Described {
    /// The prototype as text.
    pub text: String,
    /// Whether the original's was found in the source, as the kernel's type information lacks it.
    pub is_of_source: bool,
}

/// `(_0: T, …) -> T`, with the types by what matters to a caller.
pub fn text(prototype: &Prototype) -> String {
    let arguments = prototype.arguments.iter().enumerate();
    let arguments: Vec<_> = arguments
        .map(|(i, of)| format!("_{i}: {}", passed(of)))
        .collect();
    let result = match &prototype.result {
        Type::Void => String::new(),
        result => format!(" -> {}", passed(result)),
    };
    format!("({}){result}", arguments.join(", "))
}

fn passed(of: &Type) -> String {
    match of {
        Type::Void => "()".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::Integer { size, signed } | Type::Enum { size, signed } => integer(*size, *signed),
        Type::Float(size) => format!("f{}", size * 8),
        Type::Pointer(Pointee::Struct(name) | Pointee::Own(Own { name, .. })) => {
            format!("*mut bindings::{name}")
        }
        Type::Pointer(Pointee::Integer(size)) => format!("*mut {}", integer(*size, false)),
        Type::Pointer(Pointee::Other | Pointee::Unknown(_)) => "*mut c_void".to_owned(),
        Type::Aggregate {
            name: Some(name),
            size,
        }
        | Type::Own(Own { name, size, .. }) => format!("Struct<bindings::{name}, {size}>"),
        Type::Aggregate { name: None, size } => format!("Struct<_, {size}>"),
        Type::Array(..) | Type::Unknown(_) => "_".to_owned(),
    }
}

fn integer(size: u64, signed: bool) -> String {
    format!("{}{}", if signed { 'i' } else { 'u' }, size * 8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{compare, parse_rust, Comparison, Structs};

    #[test]
    fn what_is_written_is_read_as_the_same() {
        let prototype = Prototype {
            arguments: vec![
                Type::Pointer(Pointee::Struct("seq_file".into())),
                Type::Pointer(Pointee::Other),
                Type::Pointer(Pointee::Integer(1)),
                Type::Integer {
                    size: 8,
                    signed: false,
                },
                Type::Bool,
                Type::Enum {
                    size: 4,
                    signed: false,
                },
                Type::Integer {
                    size: 2,
                    signed: true,
                },
                Type::Aggregate {
                    name: Some("path".into()),
                    size: 16,
                },
                Type::Aggregate {
                    name: None,
                    size: 16,
                },
            ],
            result: Type::Integer {
                size: 4,
                signed: true,
            },
            variadic: false,
        };
        let read = parse_rust(&text(&prototype)).unwrap();
        assert_eq!(
            compare(&prototype, &read, &Structs::default()),
            Comparison::Same,
            "{}",
            text(&prototype)
        );
        let nothing = Prototype {
            arguments: vec![],
            result: Type::Void,
            variadic: false,
        };
        assert_eq!(text(&nothing), "()");
    }
}
