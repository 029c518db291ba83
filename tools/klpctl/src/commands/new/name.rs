// SPDX-License-Identifier: GPL-2.0

//! What a livepatch cannot be called.

use crate::{kernel::Kernel, rules::MODULE_NAME_LIMIT};
use std::{collections::BTreeSet, path::Path};

/// The crate's own, what the compiler brings, and what livepatches call the kernel itself.
const TAKEN: [&str; 4] = ["klp", "core", "compiler_builtins", "vmlinux"];

/// Why there cannot be a livepatch of that name for a kernel, whose tree is `tree`.
pub fn refuse(name: &str, kernel: &Kernel, tree: Option<&Path>) -> Vec<String> {
    if !is_good(name) {
        let longest = MODULE_NAME_LIMIT - 1;
        return vec![format!(
            "'{name}' is no name of a module: use up to {longest} of letters, digits, - and _, a \
            letter first"
        )];
    }
    let mut why = Vec::new();
    let module = name.replace('-', "_");
    let crates = tree.map(crates).unwrap_or_default();
    if TAKEN.contains(&module.as_str()) || crates.contains(&module) {
        why.push(format!(
            "'{name}' is what a crate is called that each livepatch is built with, or the kernel \
            itself: it would not build; choose another name"
        ));
    } else if has_module(kernel, &module) {
        why.push(format!(
            "kernel {} has a module '{module}': the kernel does not load two of one name; choose \
            another",
            kernel.release
        ));
    }
    if Path::new(name).exists() {
        why.push(format!("{name} exists: choose another name, or remove it"));
    }
    why
}

fn has_module(kernel: &Kernel, name: &str) -> bool {
    kernel.modules().is_built_in(name) || !kernel.module_files(name).is_empty()
}

/// Whether a module can have a name.
pub fn is_good(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    name.len() < MODULE_NAME_LIMIT
        && name.bytes().all(fits)
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
}

/// The crates of a kernel tree.
fn crates(tree: &Path) -> BTreeSet<String> {
    let files = std::fs::read_dir(tree.join("rust")).into_iter().flatten();
    let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
    names
        .filter_map(|file| {
            let (name, end) = file.strip_prefix("lib")?.rsplit_once('.')?;
            matches!(end, "rmeta" | "so").then(|| name.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Object, Symbols};

    fn refused(name: &str) -> Vec<String> {
        let object = Object {
            symbols: Symbols::default(),
            btf: Err(anyhow::anyhow!("none")),
        };
        let tree = std::env::temp_dir().join(format!("klpctl-new-{}-{name}", std::process::id()));
        std::fs::create_dir_all(tree.join("rust")).unwrap();
        std::fs::write(tree.join("rust/libpin_init.rmeta"), "").unwrap();
        let why = refuse(name, &Kernel::of_object("7.3.4", object), Some(&tree));
        std::fs::remove_dir_all(tree).unwrap();
        why
    }

    #[test]
    fn what_the_kernel_takes_is_taken() {
        for name in ["my-fix", "CVE-2026-1234", "a", "fn"] {
            assert!(refused(name).is_empty(), "{name}: {:?}", refused(name));
        }
    }

    #[test]
    fn what_cannot_build_or_load_is_refused() {
        for name in ["klp", "core", "vmlinux", "pin-init", "compiler_builtins"] {
            assert!(refused(name)[0].contains("choose another name"), "{name}");
        }
        for name in ["", "7.3", "1st", "Bad.Name", "a/b", "é", &"a".repeat(56)] {
            let why = refused(&name.replace('/', "."));
            assert!(why[0].contains("is no name of a module"), "{name}: {why:?}");
        }
    }
}
