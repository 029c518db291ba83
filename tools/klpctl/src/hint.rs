// SPDX-License-Identifier: GPL-2.0

//! What may have been meant by a name that is not there.

use crate::{
    kernel::{Kernel, Kind, Object, Symbol},
    near::{did_you_mean, list},
};

/// What to say of a function or variable that an object does not have; nothing where there is nothing to say.
pub fn symbol(name: &str, object: &Object) -> Option<String> {
    let variants = variants(name, object);
    if !variants.is_empty() {
        return Some(format!(
            "there is {}: the compiler changed its arguments or split it",
            list(&variants, "or")
        ));
    }
    let kinds =
        |symbol: &&Symbol| symbol.kind != Kind::Absolute && !symbol.name.starts_with("__pfx_");
    let names = object.symbols.iter().filter(kinds);
    did_you_mean(name, names.map(|symbol| symbol.name.as_str()))
}

/// What to say of a module that a kernel does not have; nothing where there is nothing to say.
pub fn module(name: &str, kernel: &Kernel) -> Option<String> {
    let modules = kernel.modules();
    let kernels = name.replace('-', "_");
    if modules.is_built_in(&kernels) {
        return Some("it is built in: say vmlinux".to_owned());
    }
    if kernels != name && modules.names().any(|known| known == kernels) {
        return Some(format!("the kernel's name for it is '{kernels}'"));
    }
    did_you_mean(&kernels, modules.names().chain(["vmlinux"]))
}

/// Forms of a function that the compiler made and named after it, as `.constprop.0`. `.cold` is a part of it only.
pub fn variants<'a>(name: &str, object: &'a Object) -> Vec<&'a str> {
    let is_variant = |symbol: &&Symbol| {
        let rest = symbol.name.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with('.') && !rest.starts_with(".cold"))
    };
    let found = object.symbols.iter().filter(is_variant);
    found.map(|symbol| symbol.name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(names: &[&str]) -> Object {
        let symbol = |&name: &&str| Symbol {
            name: name.to_owned(),
            ..Symbol::default()
        };
        Object {
            symbols: names.iter().map(symbol).collect(),
            btf: Err(anyhow::anyhow!("none")),
        }
    }

    #[test]
    fn a_slip_of_the_fingers_is_found() {
        let object = object(&[
            "vfs_read",
            "vfs_readv",
            "vfs_write",
            "__pfx_vfs_read",
            "cmdline_proc_show",
        ]);
        for (name, hint) in [
            ("vfs_raed", Some("did you mean 'vfs_read' or 'vfs_readv'?")),
            ("vfs-write", Some("did you mean 'vfs_write'?")),
            ("cmdline_show", None),
            (
                "cmdline_porc_shwo",
                Some("did you mean 'cmdline_proc_show'?"),
            ),
            ("x", None),
        ] {
            assert_eq!(symbol(name, &object).as_deref(), hint, "{name}");
        }
    }

    #[test]
    fn what_the_compiler_made_of_it_goes_before_names_like_it() {
        let object = object(&["split.isra.0", "split.cold", "splits", "plain.cold"]);
        let hint = symbol("split", &object).unwrap();
        assert!(hint.starts_with("there is 'split.isra.0':"), "{hint}");
        assert_eq!(variants("plain", &object), Vec::<&str>::new());
    }
}
