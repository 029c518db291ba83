// SPDX-License-Identifier: GPL-2.0

//! Whether it does to relocate a section when a module comes: the kernel has read some sections by then, and freed others.
//!
//! C source: `load_module()` in `kernel/module/main.c`

use super::Error;

/// Why a section must not refer to symbols of a module's, if that is so. Code and data that stay are no matter; all else may be a table
/// that the kernel reads while it loads the livepatch.
pub fn fault(object: &str, section: &str) -> Option<Error> {
    if object == "vmlinux" {
        return None;
    }
    let (section, object) = (section.to_owned(), object.to_owned());
    if section.starts_with(".init") {
        return Some(Error::Freed { section, object });
    }
    let stays = [".text", ".rodata", ".data"]
        .iter()
        .any(|start| section.starts_with(start))
        || section.ends_with(".text");
    // Each processor has a copy already.
    let is_copied = section.starts_with(".data..percpu");
    (!stays || is_copied).then_some(Error::ReadBefore { section, object })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stays_is_relocated_later() {
        for good in [".text", ".rodata.str1.8", ".data.rel.ro", ".noinstr.text"] {
            assert!(fault("kvm", good).is_none(), "{good}");
        }
        for table in [
            "__jump_table",
            ".static_call_sites",
            ".altinstr_replacement",
            "__ex_table",
            ".data..percpu",
        ] {
            assert!(
                matches!(fault("kvm", table), Some(Error::ReadBefore { .. })),
                "{table}"
            );
            assert!(fault("vmlinux", table).is_none(), "{table}");
        }
        for freed in [".init.text", ".init.data"] {
            assert!(
                matches!(fault("kvm", freed), Some(Error::Freed { .. })),
                "{freed}"
            );
        }
    }
}
