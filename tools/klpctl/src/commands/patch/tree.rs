// SPDX-License-Identifier: GPL-2.0

//! The tree that a fix is for: one of a kernel whose objtool takes fixes apart.

use crate::{
    cli::TreeChoice,
    commands::{kdir, proof},
    exit::Exit,
    fix::Refusal,
    tree::{has_program, Tree},
};
use anyhow::{ensure, Result};
use std::{fs, path::Path};

/// The first kernel whose objtool does.
const FIRST: (u32, u32) = (6, 19);
/// What is called in a tree of one's own.
const PROGRAMS: [&str; 6] = ["patch", "diff", "make", "objcopy", "readelf", "pahole"];
const SINCE: u32 = 20;

/// The tree that is named, if a fix can be taken apart there; and a module be built, unless nothing `is_dry`.
pub fn tree(choice: &TreeChoice, is_dry: bool) -> Result<std::result::Result<Tree, Exit>> {
    if let Some(release) = old(choice) {
        return Err(Refusal::OldKernel(release).into());
    }
    let tree = match proof::tree(choice)? {
        Ok(tree) => tree,
        Err(exit) => return Ok(Err(exit)),
    };
    if !tree.is_stock() {
        if let (false, Err(exit)) = (is_dry, kdir::own(&tree.kdir)?) {
            return Ok(Err(exit));
        }
        check_own(&tree)?;
    }
    check_objtool(&tree)?;
    Ok(Ok(tree))
}

/// The release, if it is too old: before a tree is prepared, or looked at, for nothing.
fn old(choice: &TreeChoice) -> Option<String> {
    let release = match &choice.kdir {
        Some(kdir) => release_in(kdir)?,
        None => choice.release.clone()?,
    };
    is_old(&release).then_some(release)
}

/// The release of a tree; none where its source has the tool, whatever it calls itself.
fn release_in(kdir: &Path) -> Option<String> {
    let tool = Path::new("tools/objtool/klp-diff.c");
    if kdir.join("source").join(tool).exists() || kdir.join(tool).exists() {
        return None;
    }
    let release = fs::read_to_string(kdir.join("include/config/kernel.release")).ok()?;
    Some(release.trim().to_owned())
}

fn is_old(release: &str) -> bool {
    let mut numbers = release.split('.').map_while(|part| part.parse().ok());
    matches!((numbers.next(), numbers.next()), (Some(major), Some(minor)) if (major, minor) < FIRST)
}

fn check_own(tree: &Tree) -> Result<()> {
    if let Some(why) = unfit(|option| tree.setting(option)) {
        let release = tree.release()?;
        return Err(Refusal::Configuration { release, why }.into());
    }
    tree.check_modules()?;
    for program in PROGRAMS {
        ensure!(
            has_program(program),
            "{program} is not installed here, which a fix is taken apart with for a tree of your own: install it, or run klpctl where it is"
        );
    }
    Ok(())
}

/// Why a configuration is one that objtool does not take fixes apart of. The kernel's klp-build refuses the same, and LTO
/// leaves it nothing to compare.
fn unfit(setting: impl Fn(&str) -> Option<String>) -> Option<String> {
    let refused = [
        "LTO_CLANG",
        "GCC_PLUGIN_LATENT_ENTROPY",
        "GCC_PLUGIN_RANDSTRUCT",
        "LD_DEAD_CODE_DATA_ELIMINATION",
    ];
    if let Some(option) = refused.iter().find(|option| setting(option).is_some()) {
        return Some(format!(
            "with CONFIG_{option}, which objtool does not take fixes apart of"
        ));
    }
    setting("AS_IS_LLVM")?;
    let version: u32 = setting("AS_VERSION")?.parse().ok()?;
    let major = version / 10_000;
    (major < SINCE).then(|| {
        format!("with clang {major}, whose assembler's objects objtool does not take apart; it does clang {SINCE}'s")
    })
}

/// What takes fixes apart is built with the tree.
fn check_objtool(tree: &Tree) -> Result<()> {
    if !tree.source.join("tools/objtool/klp-diff.c").exists() {
        return Err(Refusal::OldKernel(tree.release()?).into());
    }
    let objtool = tree.kdir.join("tools/objtool/objtool");
    let make = tree.make_command("modules_prepare");
    ensure!(
        objtool.exists(),
        "{} is not there: run '{make}' in the tree",
        objtool.display()
    );
    let ran = tree.try_run("\"$objtool\" klp 2>&1 || true", &[], &[])?;
    ensure!(
        ran.stdout.contains("diff"),
        "{} was built without 'klp': install libxxhash-dev, remove it, and run '{make}' in the tree",
        objtool.display()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn kernels_before_objtool_could_are_told() {
        for release in ["6.12.107+deb13-amd64", "6.18.1", "5.10"] {
            assert!(is_old(release), "{release}");
        }
        for release in ["6.19.0", "7.3.4+deb13-amd64", "next", ""] {
            assert!(!is_old(release), "{release}");
        }
    }

    fn of_kdir(kdir: PathBuf) -> TreeChoice {
        TreeChoice {
            release: None,
            kdir: Some(kdir),
        }
    }

    #[test]
    fn an_old_tree_is_named_by_its_release() {
        let kdir = std::env::temp_dir().join(format!("klpctl-old-{}", std::process::id()));
        fs::create_dir_all(kdir.join("include/config")).unwrap();
        fs::create_dir_all(kdir.join("tools/objtool")).unwrap();
        let choice = of_kdir(kdir.clone());
        assert_eq!(old(&choice), None);
        let release = kdir.join("include/config/kernel.release");
        fs::write(&release, "6.12.107+deb13-amd64\n").unwrap();
        let refused = tree(&choice, true).err().unwrap().to_string();
        assert!(
            refused.starts_with("kernel 6.12.107+deb13-amd64: its objtool cannot"),
            "{refused}"
        );
        fs::write(kdir.join("tools/objtool/klp-diff.c"), "").unwrap();
        assert_eq!(old(&choice), None);
        fs::remove_dir_all(kdir).unwrap();
    }

    #[test]
    fn configurations_that_nothing_can_be_taken_apart_of_are_told() {
        let why = |settings: &[(&str, &str)]| {
            unfit(|option| {
                let mut settings = settings.iter();
                let (_, value) = settings.find(|(name, _)| *name == option)?;
                Some((*value).to_owned())
            })
        };
        assert_eq!(why(&[("AS_VERSION", "24400")]), None);
        let clang = [("AS_IS_LLVM", "y"), ("AS_VERSION", "200102")];
        assert_eq!(why(&clang), None);
        let clang = [("AS_IS_LLVM", "y"), ("AS_VERSION", "190107")];
        assert!(why(&clang).unwrap().starts_with("with clang 19,"));
        assert!(why(&[("LTO_CLANG", "y")])
            .unwrap()
            .contains("CONFIG_LTO_CLANG"));
    }
}
