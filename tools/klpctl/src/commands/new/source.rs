// SPDX-License-Identifier: GPL-2.0

//! The files that `klpctl new` writes.

use super::{calls::Calls, types, Target};
use crate::{patch::About, types::is_word};
use std::{collections::BTreeMap, fmt::Write};

/// What stands for a function.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A replacement in Rust.
    Rust,
    /// One in Rust that calls the original.
    Around,
    /// One in C.
    C,
}

/// The source of a livepatch of these functions, each of whose bodies says that it is unfinished, or calls the original.
pub fn source(
    module: &str,
    targets: &[Target],
    calls: &Calls,
    is_around: bool,
    release: &str,
    about: &About,
) -> String {
    let about = about.fields();
    let (form, body): (_, fn(&str, &Target, &str) -> String) = match is_around {
        true => (Form::Around, around),
        false => (Form::Rust, body),
    };
    let table = table(module, targets, release, form);
    let symbols = calls.symbols();
    let mut bodies = String::new();
    for (number, target) in targets.iter().enumerate() {
        bodies += &body(module, target, &calls.comment(number, target));
    }
    let uses = uses(&(symbols.clone() + &bodies)) + &modules(targets, calls);
    let allow = allow(module, targets, calls.names());
    format!(
        "// SPDX-License-Identifier: GPL-2.0\n\n//! What this livepatch is \
            for.\n\n{allow}{uses}{symbols}klp::livepatch! {{\n    name: \"{module}\",\n    \
         description: \"What this livepatch is for\",\n    license: \"GPL\",\n{about}    objects: \
             [\n{table}    ],\n}}\n{bodies}"
    )
}

/// The tables of a livepatch whose replacements are in C.
pub fn tables(module: &str, targets: &[Target], release: &str, about: &About) -> String {
    let about = about.fields();
    let table = table(module, targets, release, Form::C);
    // The types of a name in quotes are compared with nothing.
    let compared: String = table
        .lines()
        .filter(|line| !line.contains("unsafe \""))
        .collect();
    format!(
        "// SPDX-License-Identifier: GPL-2.0\n\n//! What this livepatch is for.\n\n{}{}klp::livepatch! {{\n    name: \"{module}\",\n    \
         description: \"What this livepatch is for\",\n    license: \"GPL\",\n{about}    objects: [\n{table}    ],\n}}\n",
        allow(module, targets, std::iter::empty()),
        uses(&compared)
    )
}

/// The objects with their functions, each replaced by what is written in that form.
fn table(module: &str, targets: &[Target], release: &str, form: Form) -> String {
    let mut objects: BTreeMap<&str, Vec<&Target>> = BTreeMap::new();
    for target in targets {
        objects.entry(&target.object).or_default().push(target);
    }
    let mut table = String::new();
    for (object, targets) in &objects {
        let object = if *object == "vmlinux" {
            "vmlinux".to_owned()
        } else {
            format!("{object:?}")
        };
        let _ = writeln!(table, "        {object} => [");
        for target in targets {
            table += &entry(module, target, release, form);
        }
        table += "        ],\n";
    }
    table
}

/// What the text has of the kernel crate.
fn uses(text: &str) -> String {
    let uses: Vec<_> = ["bindings", "ffi"]
        .into_iter()
        .filter(|name| text.contains(&format!("{name}::")))
        .collect();
    match uses.as_slice() {
        [] => String::new(),
        [one] => format!("use kernel::{one};\n\n"),
        many => format!("use kernel::{{{}}};\n\n", many.join(", ")),
    }
}

/// The files with structs.
fn modules(targets: &[Target], calls: &Calls) -> String {
    let mut text = String::new();
    for object in types::wanted(targets, calls).keys() {
        let _ = writeln!(text, "mod {};", types::module(object));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn allow<'n>(
    module: &str,
    targets: &[Target],
    mut others: impl Iterator<Item = &'n str>,
) -> &'static str {
    let are_rusty = targets.iter().all(|target| has_rusty_names(module, target));
    match is_rusty(module) && are_rusty && others.all(is_rusty) {
        true => "",
        false => "#![allow(non_snake_case)] // C's names, and the patch's\n\n",
    }
}

fn is_rusty(name: &str) -> bool {
    !name.contains(char::is_uppercase) && !name.contains("__")
}

fn has_rusty_names(module: &str, target: &Target) -> bool {
    is_rusty(&replacement(module, target)) && is_rusty(&arguments(target, "_"))
}

fn entry(module: &str, target: &Target, release: &str, form: Form) -> String {
    let position = match target.function.sympos {
        0 => String::new(),
        sympos => format!("            #[sympos({sympos})]\n"),
    };
    let name = &target.function.name;
    // A name in quotes is not compared with the header's prototype, which has types that BTF lacks.
    let is_name = !name.contains('.') && !is_word(name);
    let name = match target.signature.is_exact && is_name {
        true => name.clone(),
        false => format!("{name:?}"),
    };
    let relying = match target.relying.as_slice() {
        [] => String::new(),
        callers => format!(
            "            // Compiled with a copy of it, or knowing what it returns or leaves alone; replace too: {}.\n",
            callers.join(", ")
        ),
    };
    let original = match form {
        Form::Around => "            #[original]\n",
        Form::Rust | Form::C => "",
    };
    let form = match form {
        Form::C => "extern \"C\" ",
        Form::Rust | Form::Around => "",
    };
    format!(
        "{position}{original}{relying}            // SAFETY: The prototype is the original's, by the type information \
            of {release}. Say here\n            \
         // why its callers can do with the replacement.\n            unsafe {name}({}){} => {form}{},\n",
        arguments(target, ""),
        result(target),
        replacement(module, target)
    )
}

/// A replacement that does what the original does, by calling that.
fn around(module: &str, target: &Target, comment: &str) -> String {
    let signature = &target.signature;
    let types: Vec<_> = signature
        .arguments
        .iter()
        .map(|(_, of)| of.as_str())
        .collect();
    let names: Vec<_> = signature
        .arguments
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let original = match names.contains(&"original") {
        true => "the_original",
        false => "original",
    };
    let of = format!("klp::Original<fn({}){}>", types.join(", "), result(target));
    let arguments: Vec<_> = [format!("{original}: {of}")]
        .into_iter()
        .chain(
            signature
                .arguments
                .iter()
                .map(|(name, of)| format!("{name}: {of}")),
        )
        .collect();
    format!(
        "\n/// What is to be done around `{}`.\nfn {}({}){} {{\n{comment}    {original}.call({})\n}}\n",
        target.function.name,
        replacement(module, target),
        arguments.join(", "),
        result(target),
        names.join(", ")
    )
}

fn body(module: &str, target: &Target, comment: &str) -> String {
    let value = match target.signature.result.as_deref() {
        None => "",
        Some("bool") => "false",
        Some(pointer) if pointer.starts_with("*const") => "core::ptr::null()",
        Some(pointer) if pointer.starts_with('*') => "core::ptr::null_mut()",
        Some(_) => "0",
    };
    format!(
        "\n/// What `{}` is to do instead.\nfn {}({}){} {{\n{comment}    klp::unfinished!({value})\n}}\n",
        target.function.name,
        replacement(module, target),
        arguments(target, "_"),
        result(target)
    )
}

fn arguments(target: &Target, start: &str) -> String {
    let arguments = target.signature.arguments.iter();
    arguments
        .map(|(name, of)| format!("{start}{name}: {of}"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn result(target: &Target) -> String {
    target
        .signature
        .result
        .as_ref()
        .map_or(String::new(), |of| format!(" -> {of}"))
}

/// A name that no function of the kernel has.
pub fn replacement(module: &str, target: &Target) -> String {
    let position = match target.function.sympos {
        0 => String::new(),
        sympos => format!("_{sympos}"),
    };
    let object = match target.object.as_str() {
        "vmlinux" => String::new(),
        object => format!("{object}_"),
    };
    format!(
        "{module}_{object}{}{position}",
        target.function.name.replace('.', "_")
    )
}

/// What stands beside it for who comes across the directory.
pub fn readme(name: &str, module: &str, targets: &[Target], is_around: bool) -> String {
    let list = list(targets);
    let what = match is_around {
        true => "as it is, each replacement only calls the original",
        false => "where `klp::unfinished!` stands, a replacement is missing, and `klpctl verify` fails the module until it is gone",
    };
    format!(
        "# {name}\n\nWhat this livepatch is for. It replaces\n\n{list}\n\nWrite in `{name}.rs` by \
            what: {what}. Build and check it with\n\n    klpctl build\n\n\
         and load it, as root on the kernel that it was built for, with `insmod {name}.ko`; \
         `/sys/kernel/livepatch/{module}` shows it.\n"
    )
}

/// The same where the replacements are in C.
pub fn readme_in_c(name: &str, module: &str, targets: &[Target], left: &[String]) -> String {
    let mut text = format!(
        "# {name}\n\nWhat this livepatch is for. It replaces\n\n{}\n\nThe C files begin as what the kernel has: as they are, nothing is \
            fixed. Change them, and build and check with\n\n    klpctl build\n\n`tables.rs` is the livepatch's: states, callbacks and \
            replacements in Rust go there. Load it, as root on the kernel that it was built for,\nwith `insmod {name}.ko`; \
            `/sys/kernel/livepatch/{module}` shows it.\n",
        list(targets)
    );
    if !left.is_empty() {
        text += "\nLeft to you:\n\n";
    }
    for what in left {
        let _ = writeln!(text, "- {what}");
    }
    text
}

fn list(targets: &[Target]) -> String {
    let list: Vec<_> = targets
        .iter()
        .map(|target| format!("- `{}:{}`", target.object, target.function))
        .collect();
    list.join("\n")
}
