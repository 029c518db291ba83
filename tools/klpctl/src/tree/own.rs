// SPDX-License-Identifier: GPL-2.0

//! A tree in which the user has built the kernel. It is never written to: units are compiled again elsewhere, by the commands
//! that it keeps, of what its source is now. What comes out is compared with the kernel, as everywhere.

use super::{name_of, object_of, units::saved, Compile, Job, Made, Tree};
use crate::{bytes, checkout, interrupt::Partial, kernel::image_in};
use anyhow::{bail, ensure, Context, Result};
use std::{
    collections::BTreeMap,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

/// Where what is compiled for a tree is kept, as long as the kernel in it is the same. What was kept for an earlier one goes.
pub(super) fn cache(kdir: &Path) -> Result<PathBuf> {
    let base = checkout::cache().context("HOME is not set, which says where the cache is")?;
    let image = image(kdir)?;
    let known = fs::metadata(&image)?;
    let of_tree = base.join("own").join(name_of(&kdir));
    let cache = of_tree.join(name_of(&(image, known.len(), known.modified()?)));
    if !cache.exists() {
        let _ = fs::remove_dir_all(&of_tree);
    }
    Ok(cache)
}

/// The kernel that was built, as a file that can be read.
fn image(kdir: &Path) -> Result<PathBuf> {
    ensure!(
        kdir.join("include/config/auto.conf").exists(),
        "{}: no configured kernel tree, it has no include/config/auto.conf; give the one that the kernel was built in",
        kdir.display()
    );
    let image = image_in(kdir).ok().with_context(|| {
        format!(
            "{}: the kernel is not built: run 'make' there",
            kdir.display()
        )
    })?;
    ensure!(
        fs::metadata(&image)?.len() <= bytes::LIMIT,
        "{}: it is larger than {} MiB, with its debug information: run 'make bzImage' there, whose kernel has none",
        image.display(),
        bytes::LIMIT >> 20
    );
    Ok(image)
}

/// What a unit's compiler was, and is.
struct Compilers<'t> {
    tree: &'t Tree,
    /// What each says of itself.
    known: BTreeMap<String, String>,
}

impl Tree {
    /// The exported symbols and the modules, which a kernel that is only linked lacks.
    pub fn check_modules(&self) -> Result<()> {
        for file in ["Module.symvers", "modules.order"] {
            ensure!(
                self.is_stock() || self.kdir.join(file).exists(),
                "{}: it has no {file}: its modules are not built: run '{}' there",
                self.kdir.display(),
                self.make_command("modules")
            );
        }
        Ok(())
    }

    /// What makes something in the tree, as it was made.
    pub fn make_command(&self, target: &str) -> String {
        let llvm = if self.is_on("CC_IS_CLANG") {
            " LLVM=1"
        } else {
            ""
        };
        format!("make{llvm} {target}")
    }

    /// Whether it keeps the command that a unit was compiled by.
    pub(super) fn was_built(&self, source: &str) -> bool {
        saved(&self.kdir.join(object_of(source))).exists()
    }

    pub(super) fn make_again(
        &self,
        sources: &[String],
    ) -> Result<Vec<std::result::Result<Made, String>>> {
        let cache = self.cache.display();
        fs::create_dir_all(&self.cache).with_context(|| format!("cannot write to {cache}"))?;
        let scratch = Partial::directory(&self.cache.join("new"))
            .with_context(|| format!("cannot write to {cache}"))?;
        let mut compilers = Compilers {
            tree: self,
            known: BTreeMap::new(),
        };
        let made = sources.iter().map(|source| {
            if !self.was_built(source) {
                return Ok(Err(self.why_left_out(source)));
            }
            self.made_again(source, &mut compilers, scratch.path())
                .map(Ok)
        });
        made.collect()
    }

    fn made_again(
        &self,
        source: &str,
        compilers: &mut Compilers<'_>,
        scratch: &Path,
    ) -> Result<Made> {
        let saved = saved(&self.kdir.join(object_of(source)));
        let text = fs::read_to_string(&saved)
            .with_context(|| format!("cannot read {}", saved.display()))?;
        let Some(compile) = Compile::parse(&text) else {
            bail!("{}: no command of a C compiler", saved.display());
        };
        let compiler = compilers.check(&compile)?;
        let inputs = self.inputs(&text, compiler)?;
        let key = (inputs, compile.with("", Path::new("")));
        let job = Job::of(source, &compile, "", &key, scratch, self)?;
        if let Err(failed) = Job::run_all(std::slice::from_ref(&job), &[], self)? {
            bail!(
                "{source}: it does not compile, as it did when the kernel was built: {}",
                failed.why
            );
        }
        Ok(Made {
            source: source.to_owned(),
            object: job.object,
            compile,
            saved,
            inputs: Some(inputs),
        })
    }

    /// What a unit is compiled of, by its content: its source and headers, the configuration, and the compiler.
    fn inputs(&self, command: &str, compiler: &str) -> Result<u64> {
        let mut hasher = DefaultHasher::new();
        compiler.hash(&mut hasher);
        for file in ["include/generated/autoconf.h"]
            .into_iter()
            .chain(files_in(command))
        {
            let file = self.kdir.join(file);
            let text = fs::read(&file).with_context(|| {
                format!("cannot read {}, of which it was compiled", file.display())
            })?;
            text.hash(&mut hasher);
        }
        Ok(hasher.finish())
    }
}

impl Compilers<'_> {
    /// What a unit's compiler says of itself, which must be what the kernel was configured for.
    fn check(&mut self, compile: &Compile) -> Result<&str> {
        let name = compile.compiler();
        if !self.known.contains_key(name) {
            let says = self.ask(name)?;
            self.known.insert(name.to_owned(), says);
        }
        Ok(&self.known[name])
    }

    fn ask(&self, name: &str) -> Result<String> {
        let kdir = self.tree.kdir.display();
        let built = self.tree.setting("CC_VERSION_TEXT").unwrap_or_default();
        let ran = self.tree.try_run(&format!("{name} --version"), &[], &[])?;
        ensure!(
            ran.failed.is_none(),
            "{kdir}: the kernel was built by '{built}', and this machine has no {name}: install that one, or run klpctl where it is"
        );
        let here = ran.stdout.lines().next().unwrap_or_default();
        ensure!(
            is_same_compiler(&built, here),
            "{kdir}: the kernel was built by '{built}', and {name} is '{here}' here, which makes other code: install that one, or run klpctl where it is"
        );
        Ok(here.to_owned())
    }
}

/// What it is called before its version is a matter of how it is installed.
fn is_same_compiler(built: &str, here: &str) -> bool {
    let version = |text: &str| text.split_once(' ').map(|(_, version)| version.to_owned());
    built.is_empty() || version(built) == version(here)
}

/// The files that a unit was compiled of, as the build system has noted them beside its command.
fn files_in(command: &str) -> impl Iterator<Item = &str> {
    let is_list = |line: &&str| !line.starts_with("deps_");
    let lines = command.lines().skip_while(is_list).skip(1);
    let files = lines.map(|line| line.trim_end_matches('\\').trim());
    files
        .take_while(|line| !line.is_empty())
        .filter(|line| !line.starts_with("$("))
        .chain(command.lines().filter_map(|line| {
            let (name, file) = line.split_once(" := ")?;
            name.starts_with("source_").then_some(file)
        }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const COMPILER: &str = "#!/bin/sh
        if [ \"$1\" = --version ]; then echo 'cc (here) 1.2'; exit; fi
        while [ $# -gt 2 ]; do [ \"$1\" != -o ] || out=$2; shift; done
        { echo compiled; cat \"$2\"; } >\"$out\"";
    const COMMAND: &str = "savedcmd_fs/a.o := ./cc -Wp,-MMD,fs/.a.o.d -c -o fs/a.o fs/a.c ; ./tools/objtool/objtool fs/a.o\n\n\
        source_fs/a.o := fs/a.c\n\ndeps_fs/a.o := \\\n    $(wildcard include/config/X) \\\n  include/a.h \\\n\nfs/a.o: $(deps_fs/a.o)\n";

    /// A tree whose kernel was built by a compiler that writes what it reads.
    fn tree(name: &str) -> PathBuf {
        let kdir = std::env::temp_dir().join(format!("klpctl-own-{name}-{}", std::process::id()));
        for (file, text) in [
            ("kernel/livepatch/core.c", ""),
            (
                "include/config/auto.conf",
                "CONFIG_CC_VERSION_TEXT=\"x-cc (here) 1.2\"\nCONFIG_IIO=m\n",
            ),
            ("include/generated/autoconf.h", ""),
            ("include/a.h", "one"),
            ("fs/a.c", "text\n"),
            ("fs/b.c", ""),
            ("fs/Makefile", "obj-$(CONFIG_B) += b.o\n"),
            ("fs/.a.o.cmd", COMMAND),
            ("vmlinux", "kernel"),
            ("cc", COMPILER),
        ] {
            let file = kdir.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        fs::set_permissions(kdir.join("cc"), fs::Permissions::from_mode(0o755)).unwrap();
        kdir
    }

    fn at(kdir: &Path) -> Tree {
        let cache = kdir.with_extension("cache");
        Tree::at(kdir.to_owned(), super::super::Whose::Own, cache).unwrap()
    }

    fn remove(kdir: &Path) {
        fs::remove_dir_all(kdir).unwrap();
        let _ = fs::remove_dir_all(kdir.with_extension("cache"));
    }

    fn files(dir: &Path) -> Vec<PathBuf> {
        let mut all = Vec::new();
        for entry in fs::read_dir(dir).unwrap().flatten() {
            match entry.path() {
                path if path.is_dir() => all.extend(files(&path)),
                path => all.push(path),
            }
        }
        all.sort();
        all
    }

    #[test]
    fn a_unit_is_compiled_again_elsewhere_and_anew_when_what_it_is_made_of_changes() {
        let kdir = tree("again");
        let before = files(&kdir);
        let tree = at(&kdir);
        let make = || {
            tree.make(&["fs/a.c".to_owned()])
                .unwrap()
                .remove(0)
                .unwrap()
        };
        let first = make();
        assert_eq!(
            fs::read_to_string(&first.object).unwrap(),
            "compiled\ntext\n"
        );
        assert!(first.object.starts_with(kdir.with_extension("cache")));
        assert_eq!(make().object, first.object);
        for (file, text) in [
            ("include/a.h", "two"),
            ("include/generated/autoconf.h", "#define CONFIG_X 1"),
            ("fs/a.c", "more\n"),
        ] {
            let last = make().object;
            fs::write(kdir.join(file), text).unwrap();
            assert_ne!(make().object, last, "{file}");
        }
        assert_eq!(files(&kdir), before);
        remove(&kdir);
    }

    #[test]
    fn what_the_tree_has_no_object_of_is_not_built() {
        let kdir = tree("left-out");
        let tree = at(&kdir);
        let why = |source: &str| tree.make(&[source.to_owned()]).unwrap().remove(0).err();
        assert_eq!(why("fs/b.c").unwrap(), "CONFIG_B is not set");
        assert_eq!(why("fs/c.c").unwrap(), "the tree has no fs/c.o");
        let (a, b) = ("fs/a.c".to_owned(), "fs/b.c".to_owned());
        let built: Vec<_> = tree.targets(&[&a, &b]).unwrap().into_keys().collect();
        assert_eq!(built, [a]);
        remove(&kdir);
    }

    #[test]
    fn another_compiler_is_told() {
        let kdir = tree("compiler");
        let tree = at(&kdir);
        let fails = || {
            let made = tree.make(&["fs/a.c".to_owned()]);
            format!("{:#}", made.err().unwrap())
        };
        fs::write(kdir.join("cc"), COMPILER.replace("1.2", "1.3")).unwrap();
        let says = fails();
        assert!(
            says.contains("by 'x-cc (here) 1.2', and ./cc is 'cc (here) 1.3'"),
            "{says}"
        );
        fs::remove_file(kdir.join("cc")).unwrap();
        let says = fails();
        assert!(says.contains("this machine has no ./cc"), "{says}");
        remove(&kdir);
    }

    #[test]
    fn what_a_tree_lacks_is_said_with_what_makes_it() {
        let kdir = tree("lacks");
        let says = at(&kdir).check_modules().unwrap_err().to_string();
        assert!(
            says.ends_with("its modules are not built: run 'make modules' there"),
            "{says}"
        );
        for file in ["Module.symvers", "modules.order"] {
            fs::write(kdir.join(file), "").unwrap();
        }
        at(&kdir).check_modules().unwrap();
        image(&kdir).unwrap();
        fs::remove_file(kdir.join("vmlinux")).unwrap();
        let says = image(&kdir).unwrap_err().to_string();
        assert!(
            says.ends_with("the kernel is not built: run 'make' there"),
            "{says}"
        );
        fs::remove_file(kdir.join("include/config/auto.conf")).unwrap();
        let says = image(&kdir).unwrap_err().to_string();
        assert!(says.contains("no configured kernel tree"), "{says}");
        remove(&kdir);
    }
}
