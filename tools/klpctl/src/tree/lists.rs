// SPDX-License-Identifier: GPL-2.0

//! Which units a configuration builds. The kernel's build system also compiles single ones that it does not.
//!
//! C source: `scripts/Makefile.build`, whose lists are read here, and `Kbuild` and `arch/x86/Makefile`, which say where it begins

use super::{object_of, text::normal, Tree};
use anyhow::Result;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

const ARCH: &str = "arch/x86";

/// What the build system makes of the directories that it was asked about.
#[derive(Default)]
struct Lists {
    asked: BTreeSet<String>,
    /// Objects, each as it is listed (that of another directory has `..` in it), and in which directories.
    objects: BTreeMap<String, Vec<(String, String)>>,
    /// Directories that it goes down into, each with the one that says so.
    dirs: BTreeMap<String, String>,
}

impl Tree {
    /// What make is to be asked for, for each of the units that the configuration builds.
    pub fn targets(&self, sources: &[&String]) -> Result<BTreeMap<String, String>> {
        if !self.is_stock() {
            let built = sources.iter().filter(|source| self.was_built(source));
            return Ok(built
                .map(|source| ((*source).clone(), object_of(source)))
                .collect());
        }
        let mut lists = Lists::default();
        self.ask(sources.iter().flat_map(|source| above(source)), &mut lists)?;
        if lists.dirs.is_empty() && lists.objects.is_empty() {
            // Not known; what the units are compared with decides.
            let all = sources
                .iter()
                .map(|source| ((*source).clone(), object_of(source)));
            return Ok(all.collect());
        }
        let mut left_out = sources.to_vec();
        left_out.retain(|source| lists.target(source).is_none());
        let dirs: BTreeSet<_> = left_out.iter().flat_map(|source| above(source)).collect();
        if !dirs.is_empty() {
            self.ask(self.reaching_out_to(&dirs)?.into_iter(), &mut lists)?;
        }
        let known = sources
            .iter()
            .filter_map(|source| Some(((*source).clone(), lists.target(source)?.clone())));
        Ok(known.collect())
    }

    /// Why a unit is not built that no list has.
    pub fn why_left_out(&self, source: &str) -> String {
        let option = option_of(&self.source.join(source));
        match option.filter(|option| self.setting(option).is_none()) {
            Some(option) => format!("CONFIG_{option} is not set"),
            None if self.is_stock() => "no makefile that it goes into lists it".to_owned(),
            None => format!("the tree has no {}", object_of(source)),
        }
    }

    /// Directories whose makefiles may name objects of others: those below one, as amdgpu's does, and those anywhere that
    /// name the whole directory, as KVM's do.
    fn reaching_out_to(&self, dirs: &BTreeSet<String>) -> Result<Vec<String>> {
        let mut script = format!("cd '{}'\n", self.source.display());
        for dir in dirs {
            script += &format!(
                "grep -lF .. '{dir}'/*/Makefile || true\n\
                 grep -rlF '{dir}/' --include='Makefile*' --include='Kbuild*' . || true\n"
            );
        }
        let says = self.run(&script, &[], &[])?;
        let dir = |file: &str| Some(plain(Path::new(file).parent()?.to_str()?));
        Ok(says.lines().filter_map(dir).collect())
    }

    fn ask(&self, dirs: impl Iterator<Item = String>, lists: &mut Lists) -> Result<()> {
        let has_makefile = |dir: &String| {
            let dir = self.source.join(dir);
            dir.join("Kbuild").exists() || dir.join("Makefile").exists()
        };
        let new: BTreeSet<_> = dirs.filter(|dir| !lists.asked.contains(dir)).collect();
        let new: Vec<_> = new.into_iter().filter(has_makefile).collect();
        if new.is_empty() {
            return Ok(());
        }
        // FORCE has no recipe: nothing is made, and no other directory gone into. One after the other: long lines of
        // several would be mixed.
        let script = format!(
            "export srctree='{}' srcroot='{}' objtree=. VPATH='{}' SRCARCH=x86 ARCH=x86 BITS=64
            for dir in {}; do
                make -pn -f \"$srctree/scripts/Makefile.build\" obj=$dir need-builtin=1 need-modorder=1 FORCE 2>/dev/null |
                sed -nE \"s#^(real-obj-[ym]|lib-y|subdir-ym) :?=#$dir \\1 #p\" || true
                [ $dir != {ARCH} ] || {{
                    echo 'include include/config/auto.conf'
                    grep -E '^(core|drivers|libs)-[^ ]* *[:+]?=' \"$srctree/$dir/Makefile\"
                    echo '$(info {ARCH} subdir-ym $(core-y) $(core-m) $(drivers-y) $(drivers-m) $(libs-y))'
                    echo 'nothing: ;'
                }} | make -sf -
            done",
            self.source.display(),
            self.source.display(),
            self.source.display(),
            new.join(" ")
        );
        let says = self.run(&script, &[], &[&self.kdir])?;
        lists.asked.extend(new);
        says.lines().for_each(|line| lists.read(line));
        Ok(())
    }
}

impl Lists {
    fn read(&mut self, line: &str) {
        let mut words = line.split(' ').filter(|word| !word.is_empty());
        let (Some(by), Some(list)) = (words.next(), words.next()) else {
            return;
        };
        match list {
            "subdir-ym" => self
                .dirs
                .extend(words.map(|dir| (plain(dir), by.to_owned()))),
            _ => words.for_each(|word| {
                let listed = self.objects.entry(plain(word)).or_default();
                listed.push((word.to_owned(), by.to_owned()));
            }),
        }
    }

    fn target(&self, source: &str) -> Option<&String> {
        let mut listed = self.objects.get(&object_of(source))?.iter();
        let (target, _) = listed.find(|(_, by)| self.is_gone_into(by))?;
        Some(target)
    }

    /// The kernel's own directories are, and the architecture's; others are if those that list them are.
    fn is_gone_into(&self, dir: &str) -> bool {
        let is_above = |by: &&String| by.len() < dir.len();
        !dir.contains('/')
            || dir == ARCH
            || self
                .dirs
                .get(dir)
                .filter(is_above)
                .is_some_and(|by| self.is_gone_into(by))
    }
}

/// The option that the makefile of its directory has a unit for.
fn option_of(source: &Path) -> Option<String> {
    let object = format!("{}.o", source.file_stem()?.to_str()?);
    let dir = source.parent()?;
    let mut files = ["Kbuild", "Makefile"].iter().map(|name| dir.join(name));
    let text = files.find_map(|file| fs::read_to_string(file).ok())?;
    let mut lines = text.lines();
    let line = lines.find(|line| line.split_whitespace().any(|word| word == object))?;
    let (_, option) = line.split_once("$(CONFIG_")?;
    Some(option.split_once(')')?.0.to_owned())
}

/// The directories above a file.
fn above(file: &str) -> Vec<String> {
    let dirs = Path::new(file).ancestors().skip(1).filter_map(Path::to_str);
    dirs.filter(|dir| !dir.is_empty())
        .map(str::to_owned)
        .collect()
}

fn plain(path: &str) -> String {
    normal(Path::new(path)).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists() -> Lists {
        let mut lists = Lists::default();
        for line in [
            "fs/proc real-obj-y fs/proc/task_mmu.o",
            "fs subdir-ym fs/proc",
            "arch/arm/kvm real-obj-m arch/arm/kvm/../../../virt/kvm/main.o",
            "arch/x86/kvm real-obj-m arch/x86/kvm/../../../virt/kvm/main.o",
            "drivers/gpu/amd/amdgpu real-obj-m drivers/gpu/amd/amdgpu/../display/dc.o",
            "drivers/dead real-obj-m drivers/dead/dead.o",
            "drivers/dead lib-y ",
            "drivers subdir-ym drivers/gpu",
            "drivers/gpu subdir-ym drivers/gpu/amd/amdgpu",
            "arch/x86 subdir-ym arch/x86/pci/ arch/x86/kvm",
            "arch/x86/pci real-obj-y arch/x86/pci/irq.o",
            "arch/arm real-obj-y arch/arm/irq.o",
        ] {
            lists.read(line);
        }
        lists
    }

    #[test]
    fn a_unit_is_built_if_its_directory_is_gone_into() {
        let lists = lists();
        let target = |source| lists.target(source).map(String::as_str);
        assert_eq!(target("fs/proc/task_mmu.c"), Some("fs/proc/task_mmu.o"));
        assert_eq!(target("fs/proc/other.c"), None);
        assert_eq!(target("drivers/dead/dead.c"), None);
        assert_eq!(target("arch/x86/pci/irq.c"), Some("arch/x86/pci/irq.o"));
        assert_eq!(target("arch/arm/irq.c"), None);
    }

    #[test]
    fn objects_of_other_directories_are_asked_for_as_they_are_spelled() {
        let lists = lists();
        let target = lists.target("drivers/gpu/amd/display/dc.c");
        assert_eq!(target.unwrap(), "drivers/gpu/amd/amdgpu/../display/dc.o");
        let target = lists.target("virt/kvm/main.c");
        assert_eq!(target.unwrap(), "arch/x86/kvm/../../../virt/kvm/main.o");
    }
}
