// SPDX-License-Identifier: GPL-2.0

//! A prototype as the source of a Rust livepatch has it. Only types whose names leave no doubt are
//! understood: a name is what the source calls it, and may be anything.

use super::{Pointee, Prototype, Type};

/// Reads `(argument: type, …) -> type`.
pub fn parse(text: &str) -> Option<Prototype> {
    let rest = text.trim().strip_prefix('(')?;
    let end = closing(rest)?;
    let result = match rest[end + 1..].trim() {
        "" => Type::Void,
        result => type_of(result.strip_prefix("->")?),
    };
    let arguments = split(&rest[..end]).map(|argument| {
        let (_, of) = argument.split_once(':')?;
        Some(type_of(of))
    });
    Some(Prototype {
        arguments: arguments.collect::<Option<_>>()?,
        result,
        variadic: false,
    })
}

/// Where the bracket that is open before the text is closed.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    for (at, character) in text.char_indices() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// The parts between commas that are in no brackets.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0i32;
    let mut last = ' ';
    let outermost = move |character: char| {
        match character {
            '(' | '[' | '<' => depth += 1,
            ')' | ']' => depth -= 1,
            '>' if last != '-' => depth -= 1,
            _ => {}
        }
        last = character;
        character == ',' && depth == 0
    };
    text.split(outermost)
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

fn type_of(text: &str) -> Type {
    let text = text.trim();
    if let Some(pointee) = pointee(text) {
        return Type::Pointer(pointee_of(pointee));
    }
    if let Some(by_value) = by_value(text) {
        return by_value;
    }
    match integer(text) {
        Some((size, signed)) => Type::Integer { size, signed },
        None => match last_segment(text) {
            "()" => Type::Void,
            "bool" => Type::Bool,
            _ => Type::Unknown(text.to_owned()),
        },
    }
}

/// `Struct<NAME, SIZE>`, as which `klpctl patch` describes what C takes by value; NAME is `_` for one that has none.
fn by_value(text: &str) -> Option<Type> {
    let inside = text.strip_prefix("Struct")?.trim_start();
    let (name, size) = inside
        .strip_prefix('<')?
        .strip_suffix('>')?
        .split_once(',')?;
    let name = last_segment(name);
    Some(Type::Aggregate {
        name: (name != "_").then(|| name.to_owned()),
        size: size.trim().parse().ok()?,
    })
}

/// What a pointer, reference, or box of a C function's kind points to.
fn pointee(text: &str) -> Option<&str> {
    let text = text.strip_prefix("Option").map_or(text, |inner| {
        inner
            .trim()
            .strip_prefix('<')
            .and_then(|inner| inner.strip_suffix('>'))
            .map_or(text, str::trim)
    });
    if let Some(inner) = ["*mut", "*const", "* mut", "* const"]
        .iter()
        .find_map(|start| text.strip_prefix(start))
    {
        return Some(inner);
    }
    if let Some(inner) = text.strip_prefix('&') {
        let inner = inner.trim();
        let inner = match inner.strip_prefix('\'') {
            Some(lifetime) => lifetime.split_once(char::is_whitespace)?.1,
            None => inner,
        };
        let inner = inner.trim().strip_prefix("mut ").unwrap_or(inner).trim();
        // References to these are two registers wide.
        let is_wide = inner.starts_with('[')
            || inner.starts_with("dyn ")
            || matches!(inner, "str" | "CStr" | "BStr");
        return (!is_wide).then_some(inner);
    }
    let inner = ["NonNull", "KBox"]
        .iter()
        .find_map(|name| text.strip_prefix(name))?;
    inner.trim().strip_prefix('<')?.strip_suffix('>')
}

/// Only what the bindings call a struct is certain to have C's name.
fn pointee_of(text: &str) -> Pointee {
    let text = text.trim();
    if let Some((size, _)) = integer(text) {
        return Pointee::Integer(size);
    }
    if text == "bool" {
        return Pointee::Integer(1);
    }
    let compact: String = text.split_whitespace().collect();
    match compact.rsplit_once("::") {
        Some((path, name)) if path.split("::").last() == Some("bindings") => {
            Pointee::Struct(name.to_owned())
        }
        _ if last_segment(&compact) == "c_void" || pointee(text).is_some() => Pointee::Other,
        _ => Pointee::Unknown(compact),
    }
}

fn last_segment(text: &str) -> &str {
    text.rsplit("::").next().unwrap_or(text).trim()
}

/// The size in bytes and the sign of what is called an integer.
pub fn integer(text: &str) -> Option<(u64, bool)> {
    Some(match last_segment(text) {
        "i8" | "c_schar" => (1, true),
        "u8" | "c_uchar" | "c_char" => (1, false),
        "i16" | "c_short" => (2, true),
        "u16" | "c_ushort" => (2, false),
        "i32" | "c_int" => (4, true),
        "u32" | "c_uint" => (4, false),
        "i64" | "isize" | "c_long" | "c_longlong" => (8, true),
        "u64" | "usize" | "c_ulong" | "c_ulonglong" => (8, false),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argument(text: &str) -> Type {
        parse(&format!("(x: {text})")).unwrap().arguments.remove(0)
    }

    #[test]
    fn a_prototype_has_arguments_and_a_result() {
        let prototype =
            parse("(m: &SeqFile, v: *mut c_void, f: Option<Foo<u8, u8>>,) -> c_int").unwrap();
        assert_eq!(prototype.arguments.len(), 3);
        assert_eq!(
            prototype.result,
            Type::Integer {
                size: 4,
                signed: true
            }
        );
        assert_eq!(parse("()").unwrap().result, Type::Void);
        for text in ["", "(", "(x)", "(x: u8", "() u8"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn pointers_are_pointers_and_those_to_bindings_have_names() {
        let file = Type::Pointer(Pointee::Struct("file".into()));
        assert_eq!(argument("*mut bindings::file"), file);
        assert_eq!(argument("*const kernel :: bindings :: file"), file);
        assert_eq!(argument("&'a mut bindings::file"), file);
        assert_eq!(
            argument("&SeqFile"),
            Type::Pointer(Pointee::Unknown("SeqFile".into()))
        );
        assert_eq!(argument("*mut ffi::c_void"), Type::Pointer(Pointee::Other));
        assert_eq!(argument("*mut *mut Foo"), Type::Pointer(Pointee::Other));
        assert_eq!(argument("*mut u8"), Type::Pointer(Pointee::Integer(1)));
        assert_eq!(argument("*mut bool"), Type::Pointer(Pointee::Integer(1)));
        assert_eq!(argument("Option<&bindings::file>"), file);
    }

    #[test]
    fn structs_by_value_have_a_size() {
        let by_value = Type::Aggregate {
            name: Some("xe_reg".into()),
            size: 4,
        };
        assert_eq!(argument("Struct < bindings :: xe_reg, 4 >"), by_value);
        assert!(matches!(argument("Struct<xe_reg>"), Type::Unknown(_)));
    }

    #[test]
    fn what_may_be_anything_is_not_known() {
        for text in [
            "Wrapper",
            "&[u8]",
            "&str",
            "&dyn Trait",
            "Option<Wrapper>",
            "bindings::loff_t",
            "&mut [u8; 4]",
        ] {
            assert!(matches!(argument(text), Type::Unknown(_)), "{text}");
        }
    }
}
