// SPDX-License-Identifier: GPL-2.0

//! Whether a module that is patched is of the build that the patch was made for: a fix made of C has its structs and its
//! inlined code, which another build may have otherwise.

use super::{Finding, Status};
use crate::{
    kernel::Kernel,
    patch::{ModuleBuild, Patch},
};

/// The check's name.
pub const CHECK: &str = "target";

/// Checks each module of which both builds are known.
pub fn check(patch: &Patch, kernel: &Kernel) -> Vec<Finding> {
    let builds = patch.made_for.iter();
    builds
        .filter_map(|made_for| Some(judge(made_for, &kernel.build_id(&made_for.module)?)))
        .collect()
}

fn judge(made_for: &ModuleBuild, found: &str) -> Finding {
    let (status, message) = if made_for.build_id == found {
        (
            Status::Ok,
            "is of the build that it was made for".to_owned(),
        )
    } else {
        let message = format!(
            "it was made for another build of this module: its build id was {}, and is {found} here; build the patch again with the \
            module that it is for, or load that one",
            made_for.build_id
        );
        (Status::Failed, message)
    };
    Finding::new(CHECK, &made_for.module, status, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_build_fails() {
        let made_for = ModuleBuild {
            module: "e1000".into(),
            build_id: "01ab".into(),
        };
        assert_eq!(judge(&made_for, "01ab").status, Status::Ok);
        let other = judge(&made_for, "01ac");
        assert_eq!(other.status, Status::Failed);
        assert!(other.message.contains("01ac here"), "{}", other.message);
    }
}
