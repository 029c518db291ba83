// SPDX-License-Identifier: GPL-2.0

//! `klpctl new`: the directory of a livepatch that builds at once.

use super::{kdir, verify};
use crate::{
    cli::KernelChoice,
    exit::Exit,
    hint,
    interrupt::Partial,
    kernel::{Kernel, Object},
    patch::Function,
    rules::MODULE_NAME_LIMIT,
    types::{Bindings, Signature},
    verify::{judge_function, Status},
};
use anyhow::{bail, ensure, Context, Result};
use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

/// A function to replace.
struct Target {
    object: String,
    function: Function,
    signature: Signature,
}

/// Makes the directory NAME, with a replacement for each target.
pub fn run(name: &str, targets: &[String], choice: &KernelChoice) -> Result<Exit> {
    check_name(name)?;
    let (kernel, tree) = match choice.is_given() {
        true => (
            verify::chosen(choice)?.context("no kernel")?,
            choice.kernel.clone(),
        ),
        false => match kdir::stock(None)? {
            Ok(tree) => (Kernel::in_dir(Path::new(&tree))?, Some(PathBuf::from(tree))),
            Err(exit) => return Ok(exit),
        },
    };
    let kernel = kernel.with_modules(&choice.modules)?;
    let bindings = tree
        .and_then(|tree| Bindings::of(&tree).ok())
        .unwrap_or_default();
    let targets = resolve(targets, &kernel, &bindings)?;
    let module = name.replace('-', "_");
    let files = [
        (
            "Kbuild".to_owned(),
            format!(
                "# SPDX-License-Identifier: GPL-2.0\n\nobj-m := \
            {name}.o\ninclude $(KLP)/scripts/Makefile.klp\n"
            ),
        ),
        (
            format!("{name}.rs"),
            source(&module, &targets, &kernel.release),
        ),
        ("README.md".to_owned(), readme(name, &module, &targets)),
    ];
    write(Path::new(name), &files)?;
    Ok(Exit::Ok)
}

fn check_name(name: &str) -> Result<()> {
    let file = Path::new(name).file_name().and_then(|file| file.to_str());
    let fits = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
    };
    let is_good = file == Some(name)
        && name.bytes().all(fits)
        && name.starts_with(|first: char| first.is_ascii_lowercase());
    ensure!(
        is_good && name.len() < MODULE_NAME_LIMIT,
        "'{name}' is no name of a module: use up to 55 of a-z, 0-9, - and _, a letter first"
    );
    Ok(())
}

/// All targets that cannot be are named at once.
fn resolve(targets: &[String], kernel: &Kernel, bindings: &Bindings) -> Result<Vec<Target>> {
    let mut modules: BTreeMap<&str, Object> = BTreeMap::new();
    let mut resolved = Vec::new();
    let mut refused = Vec::new();
    for text in targets {
        let (object, function) = Function::parse(text).with_context(|| {
            format!("'{text}' is no target: give OBJECT:FUNCTION, or OBJECT:FUNCTION,POSITION")
        })?;
        if object != "vmlinux" && !modules.contains_key(object) {
            let found = kernel.module(object)?.with_context(|| {
                let hint =
                    hint::module(object, kernel).map_or(String::new(), |hint| format!(": {hint}"));
                format!("kernel {} has no module '{object}'{hint}", kernel.release)
            })?;
            modules.insert(object, found);
        }
        match target(
            object,
            function,
            modules.get(object).unwrap_or(kernel.vmlinux()),
            bindings,
        ) {
            Ok(target) => resolved.push(target),
            Err(error) => refused.push(format!("{text}: {error:#}")),
        }
    }
    match refused.is_empty() {
        true => Ok(resolved),
        false => bail!("cannot replace\n  {}", refused.join("\n  ")),
    }
}

fn target(name: &str, function: Function, object: &Object, bindings: &Bindings) -> Result<Target> {
    if let (Status::Failed, why) = judge_function(name, &function, object) {
        bail!(why);
    }
    let btf = object
        .btf
        .as_ref()
        .map_err(|error| anyhow::anyhow!("{error:#}"))?;
    let signature = btf.signature(&function.name, bindings)?;
    Ok(Target {
        object: name.to_owned(),
        function,
        signature,
    })
}

fn source(module: &str, targets: &[Target], release: &str) -> String {
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
            table += &entry(module, target, release);
        }
        table += "        ],\n";
    }
    let bodies: String = targets.iter().map(|target| body(module, target)).collect();
    let uses: Vec<_> = ["bindings", "ffi"]
        .into_iter()
        .filter(|name| bodies.contains(&format!("{name}::")))
        .collect();
    let uses = match uses.as_slice() {
        [] => String::new(),
        [one] => format!("use kernel::{one};\n\n"),
        many => format!("use kernel::{{{}}};\n\n", many.join(", ")),
    };
    let is_rusty = |text: &str| !text.contains(char::is_uppercase) && !text.contains("__");
    let allow = match targets
        .iter()
        .all(|target| is_rusty(&replacement(module, target)) && is_rusty(&arguments(target, "_")))
    {
        true => "",
        false => "#![allow(non_snake_case)] // C's names\n\n",
    };
    format!(
        "// SPDX-License-Identifier: GPL-2.0\n\n//! What this livepatch is \
            for.\n\n{allow}{uses}klp::livepatch! {{\n    name: \"{module}\",\n    \
         description: \"What this livepatch is for\",\n    license: \"GPL\",\n    objects: \
             [\n{table}    ],\n}}\n{bodies}"
    )
}

fn entry(module: &str, target: &Target, release: &str) -> String {
    let position = match target.function.sympos {
        0 => String::new(),
        sympos => format!("            #[sympos({sympos})]\n"),
    };
    let name = &target.function.name;
    // A name in quotes is not compared with the header's prototype, which has types that BTF lacks.
    let name = match target.signature.is_exact && !name.contains('.') {
        true => name.clone(),
        false => format!("{name:?}"),
    };
    format!(
        "{position}            // SAFETY: The prototype is the original's, by the type information \
            of {release}. Say here\n            \
         // why its callers can do with the replacement.\n            unsafe {name}({}){} => {},\n",
        arguments(target, ""),
        result(target),
        replacement(module, target)
    )
}

fn body(module: &str, target: &Target) -> String {
    let value = match target.signature.result.as_deref() {
        None => "",
        Some("bool") => "    false\n",
        Some(pointer) if pointer.starts_with("*const") => "    core::ptr::null()\n",
        Some(pointer) if pointer.starts_with('*') => "    core::ptr::null_mut()\n",
        Some(_) => "    0\n",
    };
    format!(
        "\n/// What `{}` is to do instead.\nfn {}({}){} {{\n{value}}}\n",
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
fn replacement(module: &str, target: &Target) -> String {
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

fn readme(name: &str, module: &str, targets: &[Target]) -> String {
    let list: Vec<_> = targets
        .iter()
        .map(|target| format!("- `{}:{}`", target.object, target.function))
        .collect();
    let list = list.join("\n");
    format!(
        "# {name}\n\nWhat this livepatch is for. It replaces\n\n{list}\n\n`{name}.rs` says by \
            what: as it was made, each replacement does nothing. \
         Build and check it with\n\n    klpctl build\n\n\
         and load it, as root on the kernel that it was built for, with `insmod {name}.ko`; \
         `/sys/kernel/livepatch/{module}` shows it.\n"
    )
}

/// All files or none.
fn write(dir: &Path, files: &[(String, String)]) -> Result<()> {
    ensure!(
        !dir.exists(),
        "{} exists: choose another name, or remove it",
        dir.display()
    );
    let write = || -> std::io::Result<()> {
        let partial = Partial::directory(dir)?;
        for (name, text) in files {
            fs::write(partial.path().join(name), text)?;
        }
        partial.finish(dir)
    };
    write().with_context(|| format!("cannot make the directory {}", dir.display()))
}
