// SPDX-License-Identifier: GPL-2.0

//! The running kernel, from its files: `/proc/kallsyms`, tracefs, `/sys/kernel/btf`.

use super::{Kind, Object, Symbol};
use crate::types::Btf;
use anyhow::{Context, Result};
use std::{collections::HashSet, fs, path::Path};

const SITES: &str = "sys/kernel/tracing/available_filter_functions";

/// Its release.
pub fn release(root: &Path) -> Result<String> {
    Ok(text(root, "proc/sys/kernel/osrelease")?.trim().to_owned())
}

/// The kernel itself, or a module, which has no symbols if it is not loaded.
pub fn object(root: &Path, module: Option<&str>) -> Result<Object> {
    let sites = text(root, SITES)?;
    let symbols = text(root, "proc/kallsyms")?;
    let traced: HashSet<_> = of(&sites, module)
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let init = init_text(&symbols);
    let symbol = |line: &str| {
        let mut words = line.split_whitespace();
        let address = u64::from_str_radix(words.next()?, 16).ok()?;
        let (kind, name) = (words.next()?, words.next()?);
        let kind = match kind {
            "t" | "T" | "w" | "W" if module.is_none() && init.contains(&address) => Kind::Init,
            "t" | "T" | "w" | "W" => Kind::Function,
            _ => Kind::Data,
        };
        Some(Symbol {
            name: name.to_owned(),
            kind,
            is_traced: kind == Kind::Function && traced.contains(name),
            address: (address != 0).then_some(address),
            ..Symbol::default()
        })
    };
    Ok(Object {
        symbols: of(&symbols, module).filter_map(symbol).collect(),
        btf: types(root, module),
    })
}

fn types(root: &Path, module: Option<&str>) -> Result<Btf> {
    let read = |name: &str| {
        let file = root.join("sys/kernel/btf").join(name);
        fs::read(&file).with_context(|| {
            format!(
                "cannot read {}; is CONFIG_DEBUG_INFO_BTF on?",
                file.display()
            )
        })
    };
    let vmlinux = Btf::parse(&read("vmlinux")?)?;
    match module {
        None => Ok(vmlinux),
        Some(name) => Btf::parse_split(&read(name)?, &vmlinux),
    }
}

/// The lines of an object; those of modules end in the module's name in brackets.
fn of<'a>(text: &'a str, module: Option<&'a str>) -> impl Iterator<Item = &'a str> {
    text.lines().filter(move |line| {
        let owner = line
            .rsplit_once('[')
            .map(|(_, owner)| owner.trim_end_matches(']'));
        owner == module
    })
}

/// Where `__init` functions were; empty where the addresses are hidden.
fn init_text(symbols: &str) -> std::ops::Range<u64> {
    let address = |name: &str| {
        let line = symbols.lines().find(|line| line.ends_with(name))?;
        u64::from_str_radix(line.split(' ').next()?, 16).ok()
    };
    address(" _sinittext").unwrap_or_default()..address(" _einittext").unwrap_or_default()
}

fn text(root: &Path, file: &str) -> Result<String> {
    let path = root.join(file);
    fs::read_to_string(&path).with_context(|| {
        format!(
            "cannot read {}; root can, with tracefs mounted there",
            path.display()
        )
    })
}
