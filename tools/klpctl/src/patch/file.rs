// SPDX-License-Identifier: GPL-2.0

//! A livepatch module's file. What its description says comes first, then what its tables say.

use super::{describe, signature, tables, Error, Parameter, Patch, Symbol};
use crate::{elf::Elf, link::SHN_LIVEPATCH};
use object::{LittleEndian, Object, ObjectSymbol};

/// Reads a livepatch.
pub fn read(elf: &Elf<'_>) -> Result<Patch, Error> {
    let mut patch = identity(elf);
    describe::check_versions(elf.notes(describe::NOTE))?;
    let modinfo = elf
        .section(".modinfo")
        .map_or(&[][..], |section| elf.bytes(section));
    let is_described = describe::read(modinfo, &mut patch)?;
    let modules = elf.modinfo("version").next().map(str::to_owned);
    patch.about.version = patch.about.version.take().or(modules);
    if is_described {
        tables::add_replacements(elf, &mut patch)?;
    } else if !tables::read(elf, &mut patch)? {
        return Err(match enables(elf) {
            true => Error::MadeWhenLoaded,
            false => Error::NoLivepatch,
        });
    }
    tables::add_bodies(elf, &mut patch);
    Ok(patch)
}

/// Whether it is a livepatch, whatever its tables are.
fn enables(elf: &Elf<'_>) -> bool {
    let mut symbols = elf.file().symbols();
    symbols.any(|symbol| symbol.is_undefined() && symbol.name() == Ok("klp_enable_patch"))
}

fn identity(elf: &Elf<'_>) -> Patch {
    let value = |key| elf.modinfo(key).next().map(str::to_owned);
    let depends = value("depends").unwrap_or_default();
    Patch {
        name: value("name").unwrap_or_default(),
        description: value("description"),
        license: value("license"),
        authors: elf.modinfo("author").map(str::to_owned).collect(),
        parameters: parameters(elf),
        marked: elf.modinfo("livepatch").any(|value| value.starts_with('Y')),
        vermagic: value("vermagic"),
        srcversion: value("srcversion"),
        depends: depends
            .split(',')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        build_id: elf.build_id(),
        symbols: symbols(elf),
        signature: Some(signature::read(elf.file().data())),
        ..Default::default()
    }
}

/// `parmtype=name:type` and `parm=name:description`
fn parameters(elf: &Elf<'_>) -> Vec<Parameter> {
    let mut parameters: Vec<Parameter> = Vec::new();
    for key in ["parmtype", "parm"] {
        for (name, value) in elf.modinfo(key).filter_map(|line| line.split_once(':')) {
            let known = parameters.iter().position(|known| known.name == name);
            let at = known.unwrap_or(parameters.len());
            if known.is_none() {
                parameters.push(Parameter {
                    name: name.to_owned(),
                    ..Parameter::default()
                });
            }
            let value = Some(value.to_owned());
            match key {
                "parm" => parameters[at].description = value,
                _ => parameters[at].of = value,
            }
        }
    }
    parameters
}

fn symbols(elf: &Elf<'_>) -> Vec<Symbol> {
    let mut symbols: Vec<_> = elf
        .file()
        .symbols()
        .filter_map(|symbol| {
            let section = symbol.elf_symbol().st_shndx.get(LittleEndian);
            Some(Symbol {
                linked: section == SHN_LIVEPATCH,
                ..Symbol::parse(symbol.name().ok()?)?
            })
        })
        .collect();
    symbols.sort();
    symbols.dedup();
    symbols
}
