// SPDX-License-Identifier: GPL-2.0

//! The command that an object was compiled with, which the kernel's build system keeps beside it.
//!
//! C source: `scripts/Kbuild.include` (which writes it)

use std::path::Path;

/// A compiler's command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compile {
    /// Up to where the output is named, as a shell reads it.
    start: String,
    /// What follows that.
    end: String,
    /// What the object becomes a part of.
    pub owner: Owner,
}

/// What a unit is a part of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The kernel.
    Kernel,
    /// A module.
    Module(String),
    /// Several modules.
    Several,
}

impl Owner {
    /// Its name, as the kernel has it.
    pub fn name(&self) -> &str {
        match self {
            Self::Kernel => "vmlinux",
            Self::Module(name) => name,
            Self::Several => "several modules",
        }
    }
}

impl Compile {
    /// Reads the text of `.NAME.o.cmd`.
    pub fn parse(text: &str) -> Option<Self> {
        let line = text.lines().next()?;
        let (_, command) = line.strip_prefix("savedcmd_")?.split_once(" := ")?;
        let command = command.replace("$(pound)", "#").replace("$$", "$");
        let command = command.split(" ; ").next()?.trim();
        let words = command.split(' ');
        let kept: Vec<_> = words
            .filter(|word| !word.starts_with("-Wp,-MMD,"))
            .collect();
        let output = kept.windows(2).position(|pair| pair == ["-c", "-o"])?;
        let owner = owner(&kept);
        Some(Self {
            start: kept[..output].join(" "),
            end: kept.get(output + 3..)?.join(" "),
            owner,
        })
    }

    /// The compiler, which another program may run.
    pub fn compiler(&self) -> &str {
        let words = self.start.split(' ');
        let programs = words.take_while(|word| !word.starts_with('-'));
        programs.last().unwrap_or_default()
    }

    /// The command with more options, and another output.
    pub fn with(&self, options: &str, output: &Path) -> String {
        format!(
            "{} {options} -c -o '{}' {}",
            self.start,
            output.display(),
            self.end
        )
    }
}

/// The directories and macros that a unit is compiled with beyond those that each is: not the build system's own.
pub fn beyond(text: &str, common: &str) -> Vec<String> {
    // A directory may stand alone after its option.
    let joined = |text: &str| text.replace(" -I ", " -I");
    let (text, common) = (
        joined(text.lines().next().unwrap_or_default()),
        joined(common),
    );
    let common: Vec<_> = common.split(' ').collect();
    let is_meant = |word: &&str| {
        let is_build_systems = ["-DKBUILD_", "-D__KBUILD_", "-DMODULE"];
        (word.starts_with("-I") || word.starts_with("-D"))
            && !common.contains(word)
            && !is_build_systems.iter().any(|start| word.starts_with(start))
    };
    let mut all: Vec<String> = Vec::new();
    for word in text.split(' ').filter(is_meant) {
        if !all.iter().any(|known| known == word) {
            all.push(word.to_owned());
        }
    }
    all
}

fn owner(words: &[&str]) -> Owner {
    if !words.contains(&"-DMODULE") {
        return Owner::Kernel;
    }
    let mut values = words.iter();
    let value = values.find_map(|word| word.strip_prefix("-DKBUILD_MODNAME="));
    match value.map(|value| value.trim_matches(['\'', '"'])) {
        Some(name) if !name.is_empty() && !name.contains(':') => Owner::Module(name.to_owned()),
        _ => Owner::Several,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAVED: &str = "savedcmd_fs/a.o := gcc -Wp,-MMD,fs/.a.o.d -O2 -D'X=\"$$(pound)$(pound)\"' -DMODULE \
        -DKBUILD_MODNAME='\"my_fs\"' -c -o fs/a.o /src/fs/a.c  ; ./tools/objtool/objtool fs/a.o\n\nsource_fs/a.o := x\n";

    #[test]
    fn the_compiler_is_run_again_without_what_writes_to_the_tree() {
        let compile = Compile::parse(SAVED).unwrap();
        assert_eq!(
            compile.with("-g0", Path::new("/w/a.o")),
            "gcc -O2 -D'X=\"$##\"' -DMODULE -DKBUILD_MODNAME='\"my_fs\"' -g0 -c -o '/w/a.o' /src/fs/a.c"
        );
    }

    #[test]
    fn the_owner_is_in_the_command() {
        assert_eq!(
            Compile::parse(SAVED).unwrap().owner,
            Owner::Module("my_fs".into())
        );
        let kernel = SAVED.replace("-DMODULE ", "");
        assert_eq!(Compile::parse(&kernel).unwrap().owner, Owner::Kernel);
        let several = SAVED.replace("-DKBUILD_MODNAME='\"my_fs\"' ", "");
        assert_eq!(Compile::parse(&several).unwrap().owner, Owner::Several);
    }

    #[test]
    fn a_units_own_directories_and_macros_are_told_from_those_of_all() {
        assert_eq!(
            beyond(
                "gcc -I./include -I fs/a -DX=1 -DMODULE -DKBUILD_MODNAME='\"a\"' -O2 -c -o a.o a.c",
                "gcc -I./include -O2"
            ),
            ["-Ifs/a", "-DX=1"]
        );
    }

    #[test]
    fn what_is_no_compiler_command_is_none() {
        for text in ["", "savedcmd_a.o := ld -r", "x := gcc -c -o a.o a.c"] {
            assert_eq!(Compile::parse(text), None, "{text}");
        }
    }
}
