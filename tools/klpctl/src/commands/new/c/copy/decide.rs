// SPDX-License-Identifier: GPL-2.0

//! What becomes of each item that a copy needs: it is copied, declared or left out.

use super::{head, symbol, Copy};
use crate::{
    kernel::Kind as SymbolKind,
    source::{Decide, Decision, File, Item, Kind},
};
use std::collections::HashSet;

/// Decides by what the compiler made of the file.
pub struct Decider<'a> {
    copy: &'a Copy<'a>,
    inlined: HashSet<String>,
    /// What something stands for already: a file may say it twice.
    declared: HashSet<String>,
    /// What is left to the author.
    pub left: Vec<String>,
}

impl<'a> Decider<'a> {
    /// Before anything is decided.
    pub fn new(copy: &'a Copy<'a>) -> Self {
        let mut decider = Self {
            copy,
            inlined: HashSet::new(),
            declared: HashSet::new(),
            left: Vec::new(),
        };
        for name in copy.names.keys() {
            decider.has_inlined(name);
        }
        decider
    }

    fn has_inlined(&mut self, function: &str) {
        let inlined = self.copy.types.inlined.get(function);
        self.inlined.extend(inlined.into_iter().flatten().cloned());
    }

    fn function(&mut self, name: &str, item: &Item, file: &File) -> Decision {
        let copy = self.copy;
        if copy.names.contains_key(name) || self.inlined.contains(name) {
            return Decision::Copy;
        }
        match copy.position(name) {
            Some(_) if copy.exported.has(name, copy.object) => Decision::Leave,
            Some(_) if !self.declared.insert(name.to_owned()) => Decision::Leave,
            Some(position) => Decision::Declare(format!(
                "{};\n{}",
                head(file.head(item).unwrap_or_default()),
                symbol(copy.object, name, position)
            )),
            // There is no such function: all calls of it were inlined, or have a variant of it.
            None => {
                self.has_inlined(name);
                Decision::Copy
            }
        }
    }

    fn variable(&mut self, name: &str) -> Decision {
        let copy = self.copy;
        let Some(position) = copy.position(name) else {
            return Decision::Copy;
        };
        if copy.exported.has(name, copy.object) || !self.declared.insert(name.to_owned()) {
            return Decision::Leave;
        }
        let mut all = copy.found.named(name);
        if all.any(|symbol| symbol.kind == SymbolKind::PerCpu) {
            return Decision::Declare(copy.per_cpu(copy.object, name, position, &mut self.left));
        }
        let Some(Some(variable)) = copy.types.variables.get(name) else {
            self.left.push(format!(
                "the type of the variable {name} has no name: declare it"
            ));
            return Decision::Declare(format!("/* {} */", symbol(copy.object, name, position)));
        };
        if copy.object != "vmlinux" && variable.of.contains("static_key") {
            self.left.push(format!(
                "{name} is a static key of a module, which the kernel does not set up in a livepatch: ask static_key_enabled()"
            ));
        }
        Decision::Declare(format!(
            "extern {};\n{}",
            variable.declaration,
            symbol(copy.object, name, position)
        ))
    }
}

impl Decide for Decider<'_> {
    fn decide(&mut self, name: &str, item: &Item, file: &File) -> Decision {
        match item.kind {
            Kind::Function(_) => self.function(name, item, file),
            _ => {
                // A macro's arguments: which of them the variable is, the compiler knows.
                let is_variable = |name: &&String| self.copy.types.variables.contains_key(*name);
                match item.names.iter().find(is_variable).cloned() {
                    Some(variable) => self.variable(&variable),
                    None if file.text(item).contains('(') && item.names.len() > 1 => {
                        Decision::Leave
                    }
                    None => self.variable(name),
                }
            }
        }
    }
}
