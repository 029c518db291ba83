// SPDX-License-Identifier: GPL-2.0

//! `klpctl new`: the directory of a livepatch that builds at once, and is to be finished.

mod c;
mod calls;
mod exported;
mod look;
pub mod name;
mod source;
mod types;

use self::calls::Calls;
use super::verify;
use crate::{
    callers::{self, Missing},
    cli::KernelChoice,
    exit::Exit,
    hint,
    interrupt::Partial,
    kernel::{Kernel, Object},
    patch::{About, Function},
    progress,
    tree::Tree,
    types::{Bindings, Signature},
    verify::{judge_function, judge_original, missing_function, Status},
};
use anyhow::{bail, Context, Result};
use clap::error::ErrorKind;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// A function to replace.
struct Target {
    object: String,
    function: Function,
    signature: Signature,
    /// The callers that rely on what the compiler saw of it, as far as that was found out.
    relying: Vec<String>,
    /// What was inlined into it, as far as that was found out.
    inlined: Vec<String>,
}

/// One that was asked for: its text, its object, the function.
type Wanted<'a> = (&'a str, &'a str, Function);

/// What the replacements are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// In Rust, from the beginning.
    Rust,
    /// In Rust, around the originals.
    Around,
    /// In C.
    C,
}

/// Makes the directory NAME, with a replacement for each target.
pub fn run(
    name: Option<&str>,
    words: &[String],
    release: Option<&str>,
    choice: &KernelChoice,
    form: Form,
    about: &About,
) -> Result<Exit> {
    let (name, targets) = tell_apart(name, words)?;
    let (kernel, tree) = match verify::chosen_or_stock(choice, release)? {
        Ok(found) => found,
        Err(exit) => return Ok(exit),
    };
    // Without a prepared tree there are none.
    let bindings = tree.as_deref().and_then(|tree| Bindings::of(tree).ok());
    let bindings = bindings.unwrap_or_default();
    let mut targets = checked(name, &targets, &kernel, tree.as_deref(), &bindings, form)?;
    if let (false, Some(tree)) = (choice.is_given(), &tree) {
        look::look_into(&mut targets, &Tree::stock(tree)?);
    }
    if form == Form::C {
        let tree = tree
            .context("--c copies from a kernel's source: give --release, or a tree by --kernel")?;
        let tree = match choice.is_given() {
            true => Tree::own(&tree)?,
            false => Tree::stock(&tree)?,
        };
        return run_in_c(name, &targets, &kernel, &tree, about);
    }
    let calls = Calls::of(&targets, &kernel, tree.as_deref(), &bindings)?;
    let is_around = form == Form::Around;
    let module = name.replace('-', "_");
    let mut files = vec![
        (
            "Kbuild".to_owned(),
            format!(
                "# SPDX-License-Identifier: GPL-2.0\n\nobj-m := \
            {name}.o\ninclude $(KLP)/scripts/Makefile.klp\n"
            ),
        ),
        (
            format!("{name}.rs"),
            source::source(&module, &targets, &calls, is_around, &kernel.release, about),
        ),
        (
            "README.md".to_owned(),
            source::readme(name, &module, &targets, is_around),
        ),
    ];
    files.extend(types::files(&targets, &calls, &kernel, &bindings)?);
    write(Path::new(name), &files)?;
    progress::say(&match is_around {
        true => format!(
            "{name}: made; it does what the kernel does: change {name}/{name}.rs, then 'klpctl build {name}'"
        ),
        false => format!(
            "{name}: made; next: write what stands for klp::unfinished! in {name}/{name}.rs, then \
            'klpctl build {name}'"
        ),
    });
    Ok(Exit::Ok)
}

fn run_in_c(
    name: &str,
    targets: &[Target],
    kernel: &Kernel,
    tree: &Tree,
    about: &About,
) -> Result<Exit> {
    if name == "tables" || name.starts_with("fix") {
        bail!("'{name}' is what a file of the livepatch may be called: choose another name");
    }
    let written = progress::long_step("the kernel's source", || {
        c::write(name, targets, kernel, tree, about)
    })?;
    write(Path::new(name), &written.files)?;
    for what in &written.left {
        progress::say(&format!("{name}: left to you: {what}"));
    }
    progress::say(&format!(
        "{name}: made; it does what the kernel does: change the C in {name}, then 'klpctl build {name}'"
    ));
    Ok(Exit::Ok)
}

/// `--target` takes several words, and the livepatch's name may stand after it: it is the one that
/// has no colon.
fn tell_apart<'a>(
    name: Option<&'a str>,
    words: &'a [String],
) -> Result<(&'a str, Vec<Wanted<'a>>), clap::Error> {
    let wrong = |what: String| {
        let hint = "for more information, try 'klpctl help new'";
        clap::Error::raw(ErrorKind::ValueValidation, format!("{what}\n\n{hint}\n"))
    };
    let (targets, others): (Vec<_>, Vec<_>) = words.iter().partition(|word| word.contains(':'));
    let mut names = name
        .into_iter()
        .chain(others.into_iter().map(String::as_str));
    let name = names
        .next()
        .ok_or_else(|| wrong("the livepatch has no NAME".to_owned()))?;
    let no_target = |text: &str| {
        wrong(format!(
            "'{text}' is no target: give OBJECT:FUNCTION, or OBJECT:FUNCTION,POSITION; OBJECT is \
            vmlinux or a module"
        ))
    };
    let mut parsed = Vec::new();
    for text in names.chain(targets.into_iter().map(String::as_str)) {
        let (object, function) = Function::parse(text).ok_or_else(|| no_target(text))?;
        parsed.push((text, object, function));
    }
    match parsed.is_empty() {
        false => Ok((name, parsed)),
        true => Err(wrong(format!(
            "there is no target OBJECT:FUNCTION beside '{name}'"
        ))),
    }
}

/// All that cannot be is told at once.
fn checked(
    name: &str,
    targets: &[Wanted<'_>],
    kernel: &Kernel,
    tree: Option<&Path>,
    bindings: &Bindings,
    form: Form,
) -> Result<Vec<Target>> {
    let mut refused = name::refuse(name, kernel, tree);
    let modules = modules(targets, kernel);
    let mut seen = BTreeSet::new();
    let mut resolved = Vec::new();
    let mut missing = Vec::new();
    for (text, object, function) in targets {
        let object = object.replace('-', "_");
        if !seen.insert((object.clone(), &function.name, function.position())) {
            refused.push(format!("{text}: is named twice"));
            continue;
        }
        let found = match modules.get_key_value(&object) {
            None => Ok(kernel.vmlinux()),
            Some((name, module)) => found(name, kernel, module),
        };
        match found {
            Ok(found) if found.named(&function.name).next().is_none() => {
                missing.push((*text, object, &function.name, found));
            }
            found => match found.and_then(|found| target(&object, function, found, bindings, form))
            {
                Ok(target) => resolved.push(target),
                Err(error) => refused.push(format!("{text}: {error:#}")),
            },
        }
    }
    refused.extend(without_symbol(&missing, kernel, tree));
    match refused.is_empty() {
        true => Ok(resolved),
        false => bail!(
            "cannot make {name} for {}\n  {}",
            kernel.release,
            refused.join("\n  ")
        ),
    }
}

type Modules = BTreeMap<String, Result<Option<Object>>>;

fn modules(targets: &[Wanted<'_>], kernel: &Kernel) -> Modules {
    let names = targets
        .iter()
        .map(|(_, object, _)| object.replace('-', "_"));
    let mut modules = Modules::new();
    for name in names.filter(|name| name != "vmlinux") {
        let module = modules.entry(name);
        module.or_insert_with_key(|name| kernel.module(name));
    }
    modules
}

fn without_symbol(
    all: &[(&str, String, &String, &Object)],
    kernel: &Kernel,
    tree: Option<&Path>,
) -> Vec<String> {
    if all.is_empty() {
        return Vec::new();
    }
    let missing: Vec<_> = all
        .iter()
        .map(|(_, object, function, found)| Missing {
            object,
            function,
            found,
        })
        .collect();
    let tree = Tree::of(tree, &kernel.release);
    let explained = callers::explain(&missing, tree.as_ref(), kernel);
    all.iter()
        .zip(explained)
        .map(|((text, object, function, found), more)| {
            let why = missing_function(object, function, found, &more);
            format!("{text}: {why}")
        })
        .collect()
}

fn found<'m>(
    name: &str,
    kernel: &Kernel,
    module: &'m Result<Option<Object>>,
) -> Result<&'m Object> {
    match module {
        Ok(Some(object)) => Ok(object),
        Ok(None) => {
            let hint = hint::module(name, kernel).map_or(String::new(), |hint| format!("{hint}; "));
            bail!(
                "kernel {} has no module '{name}': {hint}correct the name, or give the directory \
                with the module by --modules",
                kernel.release
            )
        }
        Err(error) => bail!("{error:#}"),
    }
}

fn target(
    name: &str,
    function: &Function,
    object: &Object,
    bindings: &Bindings,
    form: Form,
) -> Result<Target> {
    if let (Status::Failed, why) = judge_function(name, function, object) {
        bail!(why);
    }
    if let (Form::Around, Some((Status::Failed, why))) = (form, judge_original(function, object)) {
        bail!(why);
    }
    let btf = object
        .btf
        .as_ref()
        .map_err(|error| anyhow::anyhow!("{error:#}"))?;
    let types = (form != Form::C).then(|| types::module(name));
    let signature = btf.signature(&function.name, bindings, types.as_deref())?;
    Ok(Target {
        object: name.to_owned(),
        function: function.clone(),
        signature,
        relying: Vec::new(),
        inlined: Vec::new(),
    })
}

/// All files or none.
fn write(dir: &Path, files: &[(String, String)]) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let partial = Partial::directory(dir)?;
        for (name, text) in files {
            fs::write(partial.path().join(name), text)?;
        }
        partial.finish(dir)
    };
    write().with_context(|| format!("cannot make the directory {}", dir.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_apart(name: Option<&str>, words: &[&str]) -> Result<String, String> {
        let words: Vec<_> = words.iter().map(|&word| word.to_owned()).collect();
        let (name, targets) = tell_apart(name, &words).map_err(|error| error.to_string())?;
        let targets: Vec<_> = targets.iter().map(|(text, ..)| *text).collect();
        Ok(format!("{name}: {}", targets.join(" ")))
    }

    #[test]
    fn the_name_may_stand_on_either_side_of_the_targets() {
        let right = Ok("fix: vmlinux:f m:g,2".to_owned());
        assert_eq!(told_apart(Some("fix"), &["vmlinux:f", "m:g,2"]), right);
        assert_eq!(told_apart(None, &["vmlinux:f", "m:g,2", "fix"]), right);
        assert_eq!(told_apart(None, &["vmlinux:f", "fix", "m:g,2"]), right);
    }

    #[test]
    fn words_that_are_neither_are_wrong_usage() {
        for (name, words, says) in [
            (Some("fix"), vec!["f"], "'f' is no target"),
            (Some("fix"), vec!["m:f,x"], "'m:f,x' is no target"),
            (None, vec!["vmlinux:f"], "has no NAME"),
            (None, vec!["fix"], "there is no target"),
        ] {
            let error = told_apart(name, &words).unwrap_err();
            assert!(error.contains(says), "{words:?}: {error}");
        }
    }
}
