// SPDX-License-Identifier: GPL-2.0

//! Whether a prototype, or a variable's type, is what the kernel has.

use super::{Own, Pointee, Prototype, Structs, Type};

/// How what a patch declares compares with what the kernel has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// It is the same to its users.
    Same,
    /// It differs.
    Differs(String),
    /// A type is not known.
    Unknown(String),
}

impl Comparison {
    /// Both: a difference that is certain comes before what is not known.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (&self, &other) {
            (Self::Differs(_), _) | (_, Self::Same) => self,
            (_, Self::Differs(_)) | (Self::Same, _) => other,
            (Self::Unknown(_), Self::Unknown(_)) => self,
        }
    }

    fn map(self, say: impl Fn(String) -> String) -> Self {
        match self {
            Self::Same => Self::Same,
            Self::Differs(what) => Self::Differs(say(what)),
            Self::Unknown(what) => Self::Unknown(say(what)),
        }
    }
}

/// Compares the prototype that a patch has with the kernel's.
pub fn compare(original: &Prototype, replacement: &Prototype, structs: &Structs<'_>) -> Comparison {
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
    arguments
        .chain(results)
        .map(|(which, original, replacement)| {
            same(original, replacement, structs).map(|why| format!("{which} {why}"))
        })
        .fold(Comparison::Same, Comparison::and)
}

/// Compares the type that a patch has of a variable with the kernel's.
pub fn compare_variable(original: &Type, declared: &Type, structs: &Structs<'_>) -> Comparison {
    same(original, declared, structs).map(|why| format!("it {why}"))
}

fn count(arguments: usize) -> String {
    match arguments {
        1 => "1 argument".to_owned(),
        n => format!("{n} arguments"),
    }
}

/// Whether a caller cannot tell the types apart.
fn same(original: &Type, replacement: &Type, structs: &Structs<'_>) -> Comparison {
    let kinds = || format!("is {replacement} in the replacement, {original} in the original");
    let known = |is_same| match is_same {
        true => Comparison::Same,
        false => Comparison::Differs(kinds()),
    };
    if let Some(is_same) = same_integer(original, replacement) {
        return known(is_same);
    }
    match (original, replacement) {
        (Type::Unknown(_), _) | (_, Type::Unknown(_)) => Comparison::Unknown(kinds()),
        (Type::Pointer(original), Type::Pointer(replacement)) => {
            same_pointee(original, replacement, structs, &kinds)
        }
        (original, Type::Own(own)) => same_by_value(original, own, structs, &kinds),
        // Rust's wrappers do not bear the name that C has.
        (Type::Aggregate { name: a, size: x }, Type::Aggregate { name: b, size: y }) if x == y => {
            match a == b {
                true => Comparison::Same,
                false => Comparison::Unknown(kinds()),
            }
        }
        (Type::Aggregate { size, .. }, other) | (other, Type::Aggregate { size, .. })
            if other.size() == *size =>
        {
            Comparison::Unknown(kinds())
        }
        _ => known(original == replacement),
    }
}

/// Whether both are the same integer, if both are integers. An enum without negative values has
/// either sign.
pub(super) fn same_integer(original: &Type, replacement: &Type) -> Option<bool> {
    let ((size, signed), (other, has_sign)) = (original.integer()?, replacement.integer()?);
    let has_either = matches!(original, Type::Enum { signed: false, .. });
    Some(size == other && (signed == has_sign || has_either))
}

fn same_by_value(
    original: &Type,
    own: &Own,
    structs: &Structs<'_>,
    kinds: &dyn Fn() -> String,
) -> Comparison {
    if let Type::Aggregate { name, size } = original {
        if *size != own.size {
            return Comparison::Differs(kinds());
        }
        if name.as_ref() == Some(&own.name) {
            return structs.compare(own);
        }
    }
    match &own.holds {
        Some(inner) => same(original, inner, structs).map(|_| kinds()),
        None if original.size() == own.size => Comparison::Unknown(kinds()),
        None => Comparison::Differs(kinds()),
    }
}

/// Whether what is pointed to is what the kernel has there. Nothing is read through a pointer to
/// nothing in particular.
pub(super) fn same_pointee(
    original: &Pointee,
    replacement: &Pointee,
    structs: &Structs<'_>,
    kinds: &dyn Fn() -> String,
) -> Comparison {
    let known = |is_same| match is_same {
        true => Comparison::Same,
        false => Comparison::Differs(kinds()),
    };
    match (original, replacement) {
        (Pointee::Other, Pointee::Own(own)) if structs.kernel_has(&own.name) => {
            structs.compare(own)
        }
        (Pointee::Other, _) | (_, Pointee::Other) => Comparison::Same,
        (Pointee::Struct(name), Pointee::Own(own)) if *name == own.name => structs.compare(own),
        (_, Pointee::Own(own)) if structs.kernel_has(&own.name) => Comparison::Differs(kinds()),
        (_, Pointee::Own(own)) => match own.holds.as_deref() {
            None => Comparison::Unknown(kinds()),
            Some(inner) => wrapped(original, inner, structs, kinds),
        },
        (Pointee::Unknown(_), _) | (_, Pointee::Unknown(_)) => Comparison::Unknown(kinds()),
        _ => known(original == replacement),
    }
}

/// A struct that holds a number may be a wrapper of the number, or what is needed of a larger
/// struct.
fn wrapped(
    original: &Pointee,
    inner: &Type,
    structs: &Structs<'_>,
    kinds: &dyn Fn() -> String,
) -> Comparison {
    let pointee = Pointee::of(inner.clone());
    let is_number = matches!(pointee, Pointee::Integer(_));
    match same_pointee(original, &pointee, structs, kinds) {
        Comparison::Differs(what) if is_number => Comparison::Unknown(what),
        Comparison::Same if pointee == Pointee::Other => Comparison::Unknown(kinds()),
        found => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(original: &Type, replacement: &Type) -> Option<bool> {
        match super::same(original, replacement, &Structs::default()) {
            Comparison::Same => Some(true),
            Comparison::Differs(_) => Some(false),
            Comparison::Unknown(_) => None,
        }
    }

    fn compare(original: &Prototype, replacement: &Prototype) -> Comparison {
        super::compare(original, replacement, &Structs::default())
    }

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
        assert!(differs(&[INT], std::slice::from_ref(&unsigned))
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
        let result = compare(
            &prototype(&[INT], INT),
            &prototype(std::slice::from_ref(&unknown), INT),
        );
        assert!(matches!(result, Comparison::Unknown(_)), "{result:?}");
        assert!(differs(&[INT, INT], &[unknown, Type::Bool]).starts_with("argument 2"));
    }
}
