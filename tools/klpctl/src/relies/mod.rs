// SPDX-License-Identifier: GPL-2.0

//! Which callers of a function rely on what the compiler saw of it: those that have a copy of it, or that were compiled in
//! the knowledge of what it returns or leaves alone. They do not see what a replacement does.
//!
//! `klpctl patch` asks for none of that: it takes what differs out of whole units, callers too.
//!
//! The function's unit is compiled again, with the function made `noipa`, as if it were in another unit. Functions whose
//! code is another one then rely on it. clang has no `noipa`: it is not known there.

mod compare;

use self::compare::Sums;
use crate::{
    bytes,
    fix::compile::options,
    interrupt::Partial,
    kernel::Kernel,
    near,
    patch::Function,
    progress::step,
    proof::{prove, Unit},
    sources::Sources,
    tree::{Job, Made, Memories, Over, Owner, Tree},
};
use anyhow::{bail, ensure, Context, Result};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Each takes some seconds.
const MOST: usize = 32;

/// A function, and its object's name.
pub type Asked<'a> = (&'a str, &'a Function);

/// What was found out of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The unit that it is in, below the kernel's source.
    pub unit: String,
    /// The callers that rely on it.
    pub callers: Vec<String>,
}

/// The callers that rely on each of the functions; or why they are not known.
pub fn find(asked: &[Asked<'_>], tree: &Tree) -> Vec<Result<Known>> {
    let known: Vec<_> = asked.iter().map(|one| remembered(one, tree)).collect();
    let unknown = asked.iter().zip(&known);
    let unknown: Vec<_> = unknown
        .filter(|(_, known)| known.is_none())
        .map(|(asked, _)| *asked)
        .collect();
    let mut found = find_anew(&unknown, tree).into_iter();
    let mut all = Vec::new();
    for one in known {
        all.extend(one.map(Ok).or_else(|| found.next()));
    }
    all
}

fn find_anew(asked: &[Asked<'_>], tree: &Tree) -> Vec<Result<Known>> {
    if asked.len() > MOST {
        let why = || anyhow::anyhow!("there are {} such functions, more than {MOST}", asked.len());
        return asked.iter().map(|_| Err(why())).collect();
    }
    if asked.is_empty() {
        return Vec::new();
    }
    let names = asked.iter().map(|(_, function)| function.name.as_str());
    let kernel = Kernel::in_dir(&tree.kdir);
    let sources = kernel
        .as_ref()
        .map_err(|error| anyhow::anyhow!("{error:#}"));
    let sources = sources.and_then(|kernel| {
        step("search the kernel's source", || {
            Sources::of(names.collect(), kernel, tree)
        })
    });
    let sources = match sources {
        Ok(sources) => sources,
        Err(error) => {
            let why = format!("{error:#}");
            return asked
                .iter()
                .map(|_| Err(anyhow::anyhow!("{why}")))
                .collect();
        }
    };
    let mut memories = Memories::of(tree);
    let one = |asked: &Asked<'_>| {
        let (object, function) = *asked;
        ensure!(
            !function.is_named_by_the_compiler(),
            "it is a form that the compiler made of a function, for some callers alone"
        );
        let found = step(&format!("callers of {}", function.name), || {
            let made = sources.find(object, function, &mut memories)?;
            let names = relying(&made, &function.name, tree)?;
            let callers = located(&made, function, names, &mut memories)?;
            let unit = made.source;
            Ok(Known { unit, callers })
        })?;
        remember(asked, &found, tree);
        Ok(found)
    };
    asked.iter().map(one).collect()
}

/// The callers by their positions, of those that run. The unit must be what runs, and its function the one that is meant.
fn located(
    made: &Made,
    function: &Function,
    names: Vec<String>,
    memories: &mut Memories,
) -> Result<Vec<String>> {
    let memory = memories.get(&made.compile.owner)?;
    let data = bytes::read(&made.object)?;
    let unit = Unit::parse(&data)?;
    let proof = prove(&unit, memory);
    let mut functions = proof.functions.iter();
    if let Some((name, why)) = functions.find_map(|one| Some((&one.name, one.verdict.fault()?))) {
        bail!("{}: its code is not what runs: {name}: {why}", made.source);
    }
    let position = |name: &str| {
        let symbol = unit.symbols.iter().find(|symbol| symbol.name == name);
        let position = symbol.and_then(|symbol| proof.position(symbol, memory));
        position.with_context(|| {
            format!(
                "{}: which '{name}' of the kernel's it has is not known",
                made.source
            )
        })
    };
    ensure!(
        position(&function.name)?.max(1) == function.position(),
        "{}: its '{}' is another one of that name",
        made.source,
        function.name
    );
    let running = names
        .into_iter()
        .filter(|name| !memory.named(name).is_empty());
    running
        .map(|name| {
            let sympos = position(&name)?;
            let caller = Function {
                name,
                sympos,
                ..Default::default()
            };
            Ok(caller.to_string())
        })
        .collect()
}

fn relying(made: &Made, function: &str, tree: &Tree) -> Result<Vec<String>> {
    let scratch = Partial::directory(&std::env::temp_dir().join("klpctl-relies"))
        .context("cannot make a directory for what is temporary")?;
    let dir = scratch.path();
    let changed = dir.join("source.c");
    let place = tree.source.join(&made.source);
    let mut text = fs::read(&place).with_context(|| format!("cannot read {}", place.display()))?;
    text.extend(unknown_to_callers(function).bytes());
    fs::write(&changed, &text)?;
    let over = [Over {
        file: changed,
        place,
    }];
    let jobs = [
        ("as it is", None),
        ("unknown to its callers", Some(function)),
    ]
    .map(|(side, key)| {
        Job::new(
            made,
            &format!("{} -w -g0", options(tree)),
            &key,
            &dir.join(side),
            tree,
        )
    });
    let [original, unknown] = jobs;
    let (original, unknown) = (original?, unknown?);
    for (job, over) in [(&original, &[][..]), (&unknown, &over)] {
        if let Err(failed) = Job::run_all(std::slice::from_ref(job), over, tree)? {
            bail!("{} does not compile: {}", failed.source, failed.why);
        }
    }
    let sums = |object: &Path, name: &str| Sums::of(object, &dir.join(name), tree);
    let before = sums(&original.object, "original.o")?;
    let after = sums(&unknown.object, "unknown.o")?;
    // Nobody asks for it again: what came of it is kept.
    let _ = fs::remove_file(&unknown.object);
    let is_kernel = made.compile.owner == Owner::Kernel;
    Ok(compare::relying(function, &before, &after, is_kernel))
}

/// What there is to do about callers that rely on what is replaced.
pub fn advice<S: AsRef<str>>(callers: &[S]) -> String {
    let callers: Vec<_> = callers.iter().map(AsRef::as_ref).collect();
    let words = match callers.len() {
        1 => ["was", "does", "it"],
        _ => ["were", "do", "them"],
    };
    format!(
        "{} {} compiled with a copy of it, or knowing what it returns or leaves alone, and {} not see what the \
         replacement does: replace {} too",
        near::list(&callers, "and"),
        words[0],
        words[1],
        words[2]
    )
}

/// A declaration at the end still has its effect: what a unit's functions know of each other is found out after.
fn unknown_to_callers(function: &str) -> String {
    format!(
        "\n#if !__has_attribute(__noipa__)\n#error it is not gcc, and no other compiler has 'noipa'\n#endif\n\
         #undef {function}\nextern __typeof__({function}) {function} __attribute__((__noipa__));\n"
    )
}

/// Where it is kept what was found.
fn memory((object, function): &Asked<'_>, tree: &Tree) -> PathBuf {
    let key = (object, &function.name, function.position());
    let file = tree.kept(&format!("callers/{object}/{}", function.name), &key);
    file.with_extension("txt")
}

/// The unit, and then the callers, each in a line.
fn remembered(asked: &Asked<'_>, tree: &Tree) -> Option<Known> {
    let text = fs::read_to_string(memory(asked, tree)).ok()?;
    let mut lines = text.lines().map(str::to_owned);
    Some(Known {
        unit: lines.next()?,
        callers: lines.collect(),
    })
}

/// What cannot be kept is found again.
fn remember(asked: &Asked<'_>, found: &Known, tree: &Tree) {
    let keep = |file: &Path| -> std::io::Result<()> {
        fs::create_dir_all(file.parent().unwrap_or(file))?;
        let partial = file.with_extension(format!("{}.partial", std::process::id()));
        fs::write(
            &partial,
            format!("{}\n{}", found.unit, found.callers.join("\n")),
        )?;
        fs::rename(&partial, file)
    };
    let _ = keep(&memory(asked, tree));
}
