// SPDX-License-Identifier: GPL-2.0

//! Why a fix cannot become a livepatch, and what its author can do.

use super::{diff::Change, layout};
use serde::Serialize;

/// A reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "reason", content = "about", rename_all = "kebab-case")]
pub enum Refusal {
    /// The patch is not one.
    #[error("the patch changes no file")]
    Nothing,
    /// The kernel's tools cannot do it.
    #[error("kernel {0}: its objtool cannot take fixes apart ('objtool klp' came with 6.19); if it has Rust (CONFIG_RUST), write the replacements by hand, with 'klpctl new'")]
    OldKernel(String),
    /// They cannot do it with this configuration.
    #[error("kernel {release} was built {why}; write the replacements by hand, with 'klpctl new'")]
    Configuration {
        /// Which kernel.
        release: String,
        /// With what.
        why: String,
    },
    /// A file is made, removed or renamed.
    #[error("{0}: the patch makes, removes or renames a file, which only a whole build does; move what is new into a file that is there")]
    NotAnEdit(String),
    /// A file is what nothing of a livepatch can be made of.
    #[error("{path}: {why}")]
    File {
        /// Which.
        path: String,
        /// Why, and what to do.
        why: &'static str,
    },
    /// The kernel's source has no such file.
    #[error("{0}: this kernel's source has no such file: the patch is for another kernel; give the one for this release")]
    NoFile(String),
    /// The patch does not apply.
    #[error(
        "{patch} does not apply to the source of this kernel: {why}; make it for this release"
    )]
    DoesNotApply {
        /// Which.
        patch: String,
        /// What `patch` says.
        why: String,
    },
    /// It is in the kernel.
    #[error("{0} is in this kernel already: there is nothing to fix")]
    AlreadyThere(String),
    /// The kernel was not built of it.
    #[error("{path}: this kernel's configuration does not build it: {why}; leave the file out of the patch")]
    NotBuilt {
        /// Which.
        path: String,
        /// What make says.
        why: String,
    },
    /// It is a part of more than one object.
    #[error("{0} is a part of several modules, each of which would need the fix; that is not supported: write the replacements by hand, with 'klpctl new'")]
    SeveralModules(String),
    /// What runs is not seen.
    #[error("the fixed '{from}' ends in a jump to '{to}', which is new: the kernel would not see a task in there, and could free the code under it; call it so that something is left to do after, or mark it __always_inline")]
    Jump {
        /// The replacement.
        from: String,
        /// The new function.
        to: String,
    },
    /// Too much includes it.
    #[error("{path} is included by {count} {what}, more than {limit}: make the change in the C files that need it, or raise --max-units")]
    TooManyUnits {
        /// Which header.
        path: String,
        /// How many.
        count: usize,
        /// Of what.
        what: &'static str,
        /// What was allowed.
        limit: usize,
    },
    /// It does not compile.
    #[error("{path} does not compile with the patch: {why}")]
    DoesNotCompile {
        /// Which.
        path: String,
        /// The first error.
        why: String,
    },
    /// The tree does not make what runs.
    #[error("{path}: the tree does not make the code that the kernel runs ({what}): nothing can be said of what a fix would replace; 'klpctl proof {path}' says more")]
    NotProven {
        /// Which.
        path: String,
        /// The first difference.
        what: String,
    },
    /// Other options make other functions.
    #[error("{path}: compiled for comparison, its functions are not those of the kernel ({what})")]
    OtherFunctions {
        /// Which.
        path: String,
        /// What is there in one of them only.
        what: String,
    },
    /// A struct changes.
    #[error("{path}: the patch changes the layout of {name} ('{from}' becomes '{to}'): what exists already has the old one; keep the layout, and put what is new into a shadow variable")]
    Layout {
        /// Which unit.
        path: String,
        /// The struct.
        name: String,
        /// The member.
        from: String,
        /// The member.
        to: String,
    },
    /// Data changes.
    #[error("the patch changes the initial value of '{0}': the kernel's has been in use since boot; leave it as it is, and change it in a state's enable()")]
    Data(String),
    /// A key of a module.
    #[error("the patch changes code with the static key or call '{0}' of a module, which the kernel cannot set up in a livepatch; ask for its state with static_key_enabled() in the changed function")]
    StaticKey(String),
    /// It is freed after boot.
    #[error("the patch changes or needs '{0}', which is __init: it has run, and is gone; what it set up is a state's business")]
    Init(String),
    /// A prototype changes.
    #[error("the patch changes what '{function}' takes or returns ({what}): callers outside of the patch would pass or get garbage; give the new function a name of its own")]
    Prototype {
        /// The function.
        function: String,
        /// How.
        what: String,
    },
    /// A function cannot be replaced.
    #[error("'{function}' cannot be replaced: {why}")]
    NotReplaceable {
        /// The function.
        function: String,
        /// Why.
        why: String,
    },
    /// A symbol's position is not known.
    #[error("'{0}' is not unique in the kernel, and which one is meant does not show in the code that runs")]
    Position(String),
    /// objtool refuses.
    #[error("{0}")]
    Objtool(String),
    /// Nothing of the code changes.
    #[error("with this configuration the patch changes no code: there is nothing to replace")]
    NoChange,
}

impl Refusal {
    /// A struct's layout in a unit.
    pub fn layout(path: &str, changed: &layout::Changed) -> Self {
        Self::Layout {
            path: path.to_owned(),
            name: changed.name.clone(),
            from: spaced(&changed.from),
            to: spaced(&changed.to),
        }
    }
}

/// With single spaces, and without the comments of offset and size.
fn spaced(line: &str) -> String {
    let declared = line
        .split("/*")
        .next()
        .filter(|text| !text.trim().is_empty());
    let words: Vec<_> = declared.unwrap_or(line).split_whitespace().collect();
    words.join(" ")
}

/// What can be told from the files' names alone; the files that code is made of otherwise.
pub fn code_files(changes: &[Change]) -> Result<Vec<String>, Refusal> {
    let mut files = Vec::new();
    for change in changes {
        let (path, is_edit) = match change {
            Change::Edit(path) => (path, true),
            Change::Other(path) => (path, false),
        };
        if is_no_code(path) {
            continue;
        }
        if !is_edit {
            return Err(Refusal::NotAnEdit(path.clone()));
        }
        if let Some(why) = unfit(path) {
            let path = path.clone();
            return Err(Refusal::File { path, why });
        }
        if !files.contains(path) {
            files.push(path.clone());
        }
    }
    if files.is_empty() {
        return Err(Refusal::Nothing);
    }
    Ok(files)
}

/// Files that the kernel is not made of.
fn is_no_code(path: &str) -> bool {
    const DIRS: [&str; 5] = [
        "Documentation/",
        "tools/",
        "samples/",
        "scripts/",
        "LICENSES/",
    ];
    DIRS.iter().any(|dir| path.starts_with(dir)) || path.ends_with(".rst") || path == "MAINTAINERS"
}

/// Why nothing of a file can be replaced.
pub fn unfit(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if path.starts_with("lib/") {
        return Some("lib/ is linked as an archive, and may be used while code is patched: its functions are not replaced; change their callers");
    }
    if path.contains("/vdso/") {
        return Some(
            "the vdso runs in processes, which a livepatch does not reach; it takes another kernel",
        );
    }
    if path.contains("/realmode/") || path.contains("/boot/") {
        return Some(
            "it has run before the kernel could load a livepatch; it takes another kernel",
        );
    }
    if path.starts_with("arch/") && !path.starts_with("arch/x86/") {
        return Some("it is of another architecture than x86; leave the file out of the patch");
    }
    if name.ends_with(".S") {
        return Some(
            "assembly has no ftrace site to be replaced at; change the C code that calls it",
        );
    }
    if name.ends_with(".rs") {
        return Some("it is Rust, which objtool does not take apart; write the replacement by hand, with 'klpctl new'");
    }
    if name.starts_with("Kconfig") || name.starts_with("Makefile") || name.starts_with("Kbuild") {
        return Some("it changes how the kernel is built, which has happened; leave the file out of the patch");
    }
    let is_c = name.ends_with(".c") || name.ends_with(".h");
    (!is_c).then_some("it is neither C nor a header; leave the file out of the patch")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(path: &str) -> Change {
        Change::Edit(path.to_owned())
    }

    #[test]
    fn files_without_code_do_not_matter() {
        let files = code_files(&[
            edit("Documentation/a.rst"),
            Change::Other("tools/x.c".into()),
            edit("fs/a.c"),
            edit("fs/a.c"),
        ]);
        assert_eq!(files, Ok(vec!["fs/a.c".to_owned()]));
        assert_eq!(code_files(&[edit("MAINTAINERS")]), Err(Refusal::Nothing));
    }

    #[test]
    fn what_cannot_be_replaced_is_refused_by_its_name() {
        for path in [
            "lib/string.c",
            "arch/x86/entry/vdso/vma.c",
            "arch/arm64/kernel/smp.c",
            "arch/x86/entry/entry_64.S",
            "drivers/block/rnull.rs",
            "drivers/net/Makefile",
            "fs/x.dts",
        ] {
            let refused = code_files(&[edit(path)]).unwrap_err();
            assert!(refused.to_string().starts_with(path), "{refused}");
        }
        let made = code_files(&[Change::Other("fs/new.c".into())]).unwrap_err();
        assert_eq!(made, Refusal::NotAnEdit("fs/new.c".into()));
    }
}
