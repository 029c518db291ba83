// SPDX-License-Identifier: GPL-2.0

//! Whether the module still has its replacements' symbols, by which the kernel knows how large they are: while it waits for
//! tasks to leave a replacement, it looks for addresses in that range on their stacks.

use super::{Finding, Status};
use crate::{
    elf::Elf,
    patch::{Patch, Replacement},
};
use object::Object as _;

/// Reports a module without symbols, or the replacements without one, if there are any.
pub fn check(elf: &Elf<'_>, patch: &Patch) -> Option<Finding> {
    if elf.file().symbols().next().is_none() {
        let message =
            "it has no symbols, and the kernel refuses such a module; build it again, and strip \
            it only with --strip-debug, and before it is linked";
        return Some(Finding::new(
            "stripped",
            &patch.name,
            Status::Failed,
            message,
        ));
    }
    without_symbol(patch)
}

fn without_symbol(patch: &Patch) -> Option<Finding> {
    let is_stripped = |replacement: &Replacement| replacement.size == 0;
    let stripped: Vec<_> = patch
        .functions()
        .filter(|(_, function)| function.replacement.as_ref().is_some_and(is_stripped))
        .map(|(object, function)| format!("{object}:{function}"))
        .collect();
    let (first, rest) = stripped.split_first()?;
    let others = match rest.len() {
        0 => String::new(),
        more => format!(" and of {more} others"),
    };
    let message = format!(
        "the symbol of the replacement of {first}{others} is gone, by which the kernel knows how \
        large it is: it refuses the patch, or takes another size and frees code that runs; build it \
        again, and strip it only with --strip-debug, and before it is linked"
    );
    Some(Finding::new(
        "stripped",
        &patch.name,
        Status::Failed,
        message,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::{Function, Object};

    fn patch(sizes: &[u64]) -> Patch {
        let function = |&size| Function {
            name: "f".into(),
            replacement: Some(Replacement {
                body: None,
                name: "?".into(),
                size,
                place: Default::default(),
            }),
            ..Default::default()
        };
        Patch {
            objects: vec![Object {
                name: "vmlinux".into(),
                functions: sizes.iter().map(function).collect(),
                callbacks: Vec::new(),
            }],
            ..Default::default()
        }
    }

    #[test]
    fn a_replacement_without_a_symbol_is_no_replacement() {
        assert_eq!(without_symbol(&patch(&[])), None);
        assert_eq!(without_symbol(&patch(&[16, 32])), None);
        let found = without_symbol(&patch(&[0, 16, 0])).unwrap();
        assert_eq!(found.status, Status::Failed);
        assert!(
            found.message.contains("vmlinux:f and of 1 others"),
            "{found:?}"
        );
    }
}
