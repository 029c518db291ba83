// SPDX-License-Identifier: GPL-2.0

//! `klpctl new --c`: replacements in C, which begin as what the kernel has.

use super::{exported::Exported, source, Target};
use crate::{
    bytes, checkout,
    elf::Elf,
    fix::symbols,
    interrupt::Partial,
    kernel::Kernel,
    patch::About,
    proof::{prove, Unit},
    sources::Sources,
    tree::{Made, Memories, Over, Tree},
    types,
};
use anyhow::Result;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    path::Path,
};

mod copy;

use copy::Copy;

/// What comes of it.
pub struct Written {
    /// Names and contents.
    pub files: Vec<(String, String)>,
    /// What is left to the author.
    pub left: Vec<String>,
}

/// A file of the kernel's, with what is replaced of it.
struct Wanted<'t> {
    made: Made,
    targets: Vec<&'t Target>,
}

/// The files of a livepatch of these functions, which does what they do.
pub fn write(
    name: &str,
    targets: &[Target],
    kernel: &Kernel,
    tree: &Tree,
    about: &About,
) -> Result<Written> {
    let module = name.replace('-', "_");
    let mut memories = Memories::of(tree);
    let exported = Exported::of(&tree.kdir)?;
    let functions = targets.iter().map(|target| target.function.name.as_str());
    let sources = Sources::of(functions.collect(), kernel, tree)?;
    let mut wanted: BTreeMap<String, Wanted<'_>> = BTreeMap::new();
    for target in targets {
        let made = sources
            .find(&target.object, &target.function, &mut memories)
            .map_err(|why| {
                anyhow::anyhow!("{why:#}; write it by hand, with 'klpctl new' and <klp.h>")
            })?;
        let key = made.source.clone();
        let entry = wanted.entry(key).or_insert(Wanted {
            made,
            targets: Vec::new(),
        });
        entry.targets.push(target);
    }
    let names = file_names(wanted.keys());
    let mut written = Written {
        files: Vec::new(),
        left: Vec::new(),
    };
    let mut objects = Vec::new();
    for (source, wanted) in &wanted {
        let stem = &names[source];
        let (text, left) = copied(&module, wanted, kernel, tree, &mut memories, &exported)?;
        written.files.push((format!("{stem}.c"), text));
        written
            .left
            .extend(left.into_iter().map(|what| format!("{stem}.c: {what}")));
        objects.push((stem.clone(), tree.own_options(&wanted.made)?));
    }
    written.files.extend([
        ("Kbuild".to_owned(), kbuild(name, &objects)),
        (
            "tables.rs".to_owned(),
            source::tables(&module, targets, &kernel.release, about),
        ),
        (
            "README.md".to_owned(),
            source::readme_in_c(name, &module, targets, &written.left),
        ),
    ]);
    Ok(written)
}

fn copied(
    module: &str,
    wanted: &Wanted<'_>,
    kernel: &Kernel,
    tree: &Tree,
    memories: &mut Memories,
    exported: &Exported,
) -> Result<(String, Vec<String>)> {
    let made = &wanted.made;
    let object = made.compile.owner.name();
    let module_object = match object {
        "vmlinux" => None,
        name => kernel.module(name)?,
    };
    let found = module_object.as_ref().unwrap_or_else(|| kernel.vmlinux());
    let data = bytes::read(&made.object)?;
    let unit = Unit::parse(&data)?;
    let memory = memories.get(&made.compile.owner)?;
    let names = wanted.targets.iter().map(|target| {
        (
            target.function.name.clone(),
            source::replacement(module, target),
        )
    });
    let copy = Copy {
        source: &made.source,
        release: &kernel.release,
        object,
        found,
        vmlinux: kernel.vmlinux(),
        types: types::read_source(&Elf::parse(&data)?)?,
        proof: prove(&unit, memory),
        unit: &unit,
        memory,
        exported,
        names: names.collect(),
    };
    let text = bytes::read(&tree.source.join(&made.source))?;
    let undefined = |text: &str| undefined(text, made, tree);
    Ok(copy.write(&String::from_utf8_lossy(&text), &undefined))
}

/// What a file leaves open that is compiled in the place of a unit.
fn undefined(text: &str, made: &Made, tree: &Tree) -> Result<BTreeSet<String>> {
    let scratch = Partial::directory(&std::env::temp_dir().join("klpctl-new"))?;
    let (file, object) = (scratch.path().join("fix.c"), scratch.path().join("fix.o"));
    fs::write(&file, text)?;
    let generic = tree.source.join("include/asm-generic/runtime-const.h");
    let mut options = format!("-I'{}'", checkout::dir()?.join("src").display());
    if generic.exists() {
        options += &format!(" -include '{}'", generic.display());
    }
    let over = Over {
        file,
        place: tree.source.join(&made.source),
    };
    tree.run(
        &made.compile.with(&options, &object),
        &[over],
        &[scratch.path()],
    )?;
    Ok(symbols::undefined(&fs::read(object)?)?)
}

/// What the C files are called, without the ending.
fn file_names<'a>(sources: impl Iterator<Item = &'a String>) -> HashMap<String, String> {
    let sources: Vec<_> = sources.collect();
    let mut taken = Vec::new();
    let mut names = HashMap::new();
    for source in &sources {
        let path = Path::new(source.as_str()).with_extension("");
        let part = |path: &Path| {
            path.file_name()
                .map(|name| name.to_string_lossy().into_owned())
        };
        let stem = part(&path).unwrap_or_default();
        let longer = path.parent().and_then(part).unwrap_or_default();
        let name = match sources.len() {
            1 => "fix".to_owned(),
            _ if taken.contains(&stem) => format!("fix-{longer}-{stem}"),
            _ => format!("fix-{stem}"),
        };
        taken.push(stem);
        names.insert((*source).clone(), name);
    }
    names
}

fn kbuild(name: &str, objects: &[(String, Vec<String>)]) -> String {
    let list: Vec<_> = objects
        .iter()
        .map(|(stem, _)| format!("{stem}.o"))
        .collect();
    let mut text = format!(
        "# SPDX-License-Identifier: GPL-2.0\n\nobj-m := {name}.o\n{name}-y := tables.o {}\n",
        list.join(" ")
    );
    for (stem, options) in objects.iter().filter(|(_, options)| !options.is_empty()) {
        text += &format!(
            "\n# Where the kernel's own file has its headers, and what it is compiled with.\nCFLAGS_{stem}.o := {}\n",
            options.join(" ")
        );
    }
    text + "\ninclude $(KLP)/scripts/Makefile.klp\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_is_the_fix_and_several_are_told_apart() {
        let names = |sources: &[&str]| {
            let sources: Vec<_> = sources.iter().map(|&source| source.to_owned()).collect();
            let found = file_names(sources.iter());
            sources
                .iter()
                .map(|source| found[source].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&["fs/proc/version.c"]), ["fix"]);
        assert_eq!(
            names(&["a/main.c", "b/main.c", "c.c"]),
            ["fix-main", "fix-b-main", "fix-c"]
        );
    }

    #[test]
    fn the_build_has_each_file_with_its_options() {
        let text = kbuild(
            "my-fix",
            &[("fix".into(), vec!["-I$(srctree)/fs/proc".into()])],
        );
        assert!(text.contains("my-fix-y := tables.o fix.o\n"), "{text}");
        assert!(
            text.contains("\nCFLAGS_fix.o := -I$(srctree)/fs/proc\n"),
            "{text}"
        );
    }
}
