// SPDX-License-Identifier: GPL-2.0

//! Whether the functions that a patch replaces are there, are unique, and can be replaced.

use super::{Finding, Found, Objects, Status};
use crate::{
    hint,
    kernel::{Kernel, Kind, Object},
    near::in_parentheses,
    patch::{Function, Patch},
};

/// Checks each function.
pub fn check(patch: &Patch, objects: &Objects<'_>) -> Vec<Finding> {
    patch
        .functions()
        .map(|(object, function)| {
            let (status, message) = match objects.get(object) {
                Found::Object(found) => judge(object, function, found),
                Found::No => (Status::Failed, no_module(object, objects.kernel)),
                Found::Unknown(error) => (Status::Unknown, format!("{error:#}")),
            };
            Finding::new("function", format!("{object}:{function}"), status, message)
        })
        .collect()
}

fn no_module(name: &str, kernel: &Kernel) -> String {
    let hint = in_parentheses(hint::module(name, kernel));
    format!(
        "this kernel has no module '{name}'{hint}: its functions will never be replaced; \
        correct the name, or give the directory with the module by --modules"
    )
}

/// Judges a function that is to be replaced.
pub fn judge(name: &str, function: &Function, object: &Object) -> (Status, String) {
    let found: Vec<_> = object.named(&function.name).collect();
    if found.is_empty() {
        let more = format!(
            "{}; if the source has it, 'klpctl new NAME --target {name}:{}' finds the functions \
            that call it: replace those",
            where_it_went(&function.name, object),
            function.name
        );
        return (Status::Failed, missing(name, &function.name, object, &more));
    }
    if function.sympos > found.len() as u64 || (function.sympos == 0 && found.len() > 1) {
        return (
            Status::Failed,
            ambiguous(name, found.len(), function.sympos),
        );
    }
    let symbol = found[function.position() as usize - 1];
    match symbol.kind {
        Kind::Assembly => (Status::Failed, NO_SITE.to_owned()),
        Kind::Data | Kind::ReadOnly | Kind::InitData | Kind::PerCpu | Kind::Absolute => (
            Status::Failed,
            format!(
                "'{name}' has it as data, not as a function: only \
            functions can be replaced; correct the name"
            ),
        ),
        Kind::Init => (
            Status::Failed,
            "it is __init: it has run and is freed before a livepatch \
            can be loaded; patch what it left behind instead, in a callback or a state"
                .to_owned(),
        ),
        Kind::Function if symbol.is_traced == Some(false) && symbol.is_rust() => (
            Status::Failed,
            "it is a Rust function, which has no ftrace site: the kernel cannot redirect it; \
            replace the C functions that call it instead"
                .to_owned(),
        ),
        Kind::Function if symbol.is_traced == Some(false) => (Status::Failed, NO_SITE.to_owned()),
        Kind::Function if symbol.is_traced.is_none() => (
            Status::Unknown,
            format!(
                "{} can be traced does not show: be root, with 'sysctl kernel.kptr_restrict=1', on a kernel that has \
                /sys/kernel/tracing/available_filter_functions_addrs; or check against its vmlinuz",
                match found.len() {
                    1 => "whether it".to_owned(),
                    many => format!("which of the {many} of that name"),
                }
            ),
        ),
        Kind::Function if function.sympos > 0 => (
            Status::Ok,
            format!(
                "is number {} of {}, can be \
            traced",
                function.sympos,
                found.len()
            ),
        ),
        Kind::Function => (Status::Ok, "is unique, can be traced".to_owned()),
    }
}

const NO_SITE: &str = "it has no ftrace site (notrace, noinstr, or assembly): the kernel cannot \
    redirect it; replace its callers instead";

/// Why a name is not one.
pub fn ambiguous(object: &str, count: usize, position: u64) -> String {
    match position {
        0 => format!(
            "'{object}' has {count} of that name: the kernel refuses to choose; give a \
            position from 1 to {count}, in the order of /proc/kallsyms"
        ),
        _ => format!(
            "its position is {position}, but '{object}' has {count} of that name: the \
            kernel will not find it; give a position from 1 to {count}"
        ),
    }
}

/// What can have become of a function without a symbol, by the symbols and types that there are.
pub fn where_it_went(function: &str, object: &Object) -> String {
    let types = object.btf.as_ref().ok();
    if types.is_some_and(|btf| matches!(btf.function(function), Ok(Some(_)))) {
        return "it was inlined away, as it has types".to_owned();
    }
    format!(
        "it was inlined away, is not in this kernel's configuration, or is misspelt{}",
        in_parentheses(hint::symbol(function, object))
    )
}

/// Why a function has no symbol, with what more is known of it. A compiler that changes a function's arguments, or
/// splits it, says so in the name.
pub fn missing(name: &str, function: &str, object: &Object, more: &str) -> String {
    let variants = hint::variants(function, object);
    if !variants.is_empty() {
        return format!(
            "'{name}' has it only as {}: the compiler changed its arguments or split \
            it; replace its callers, or that function, whose prototype may be \
            another",
            variants.join(", ")
        );
    }
    format!("'{name}' has no symbol of that name: {more}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Symbol;

    fn object() -> Object {
        let symbol = |name: &str, kind, is_traced| Symbol {
            name: name.into(),
            kind,
            is_traced: Some(is_traced),
            ..Symbol::default()
        };
        Object {
            symbols: [
                symbol("plain", Kind::Function, true),
                symbol("twice", Kind::Function, true),
                symbol("twice", Kind::Function, false),
                symbol("early", Kind::Init, false),
                symbol("split.isra.0", Kind::Function, true),
                symbol("split.cold", Kind::Function, false),
                symbol("table", Kind::Data, false),
                symbol("_RNvC6kernel4read", Kind::Function, false),
            ]
            .into(),
            btf: Err(anyhow::anyhow!("none")),
        }
    }

    fn says(name: &str, sympos: u64) -> (Status, String) {
        judge(
            "vmlinux",
            &Function {
                name: name.into(),
                sympos,
                ..Default::default()
            },
            &object(),
        )
    }

    #[test]
    fn a_function_that_can_be_replaced_is_fine() {
        for (name, sympos) in [("plain", 0), ("plain", 1), ("twice", 1)] {
            assert_eq!(says(name, sympos).0, Status::Ok, "{name},{sympos}");
        }
    }

    #[test]
    fn each_obstacle_has_its_own_message() {
        for (name, sympos, message) in [
            ("nowhere", 0, "inlined away"),
            (
                "nowhere",
                0,
                "'klpctl new NAME --target vmlinux:nowhere' finds",
            ),
            ("split", 0, "only as split.isra.0:"),
            ("twice", 0, "has 2 of that name"),
            ("twice", 2, "no ftrace site"),
            ("twice", 3, "its position is 3"),
            ("early", 0, "__init"),
            ("table", 0, "as data"),
            ("tabel", 0, "did you mean 'table'?"),
            ("_RNvC6kernel4read", 0, "a Rust function"),
        ] {
            let (status, says) = says(name, sympos);
            assert_eq!(status, Status::Failed, "{name},{sympos}");
            assert!(says.contains(message), "{name},{sympos}: {says}");
        }
    }
}
