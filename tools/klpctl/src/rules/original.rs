// SPDX-License-Identifier: GPL-2.0

//! What the patch itself says, when it is enabled, to patches below it whose replacements its calls of originals would
//! pass over.

use super::{Doubt, Refusal, Verdict};
use crate::patch::{Function, Patch, Replace};

/// Judges a patch over those that are in force. A cumulative one replaces them.
pub fn judge(new: &Patch, in_force: &[Patch], verdict: &mut Verdict) {
    let refusals = in_force.iter().flat_map(|old| passed_over(new, old));
    match &new.replace {
        Replace::Yes => {}
        Replace::No => verdict.refusals.extend(refusals),
        Replace::WhenLoaded(how) => {
            verdict
                .doubts
                .extend(refusals.map(|refusal| Doubt::UnlessItReplaces {
                    how: how.clone(),
                    refusal: Box::new(refusal),
                }))
        }
    }
}

fn passed_over<'p>(new: &'p Patch, old: &'p Patch) -> impl Iterator<Item = Refusal> + 'p {
    let is_in_both = |(object, function): &(&str, &Function)| {
        let mut others = old.functions();
        function.calls_original && others.any(|(of, other)| of == *object && other.is(function))
    };
    let both = new.functions().filter(is_in_both);
    both.map(|(object, function)| Refusal::PassedOver {
        of: old.name.clone(),
        function: format!("{object}:{function}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{patch::Object, rules::judge};

    fn patch(name: &str, calls_original: bool, replace: Replace) -> Patch {
        let function = Function {
            name: "f".into(),
            calls_original,
            ..Default::default()
        };
        Patch {
            name: name.into(),
            marked: true,
            replace,
            objects: vec![Object {
                name: "vmlinux".into(),
                functions: vec![function],
                ..Default::default()
            }],
            states: Some(Vec::new()),
            ..Default::default()
        }
    }

    #[test]
    fn an_original_does_not_pass_over_a_patch_that_stays_in_force() {
        let below = [patch("below", false, Replace::No)];
        let over =
            |calls, replace: Replace| judge(&patch("new", calls, replace), &below).accepted();
        assert_eq!(over(true, Replace::No), Some(false));
        assert_eq!(over(true, Replace::WhenLoaded("x".into())), None);
        assert_eq!(over(true, Replace::Yes), Some(true));
        assert_eq!(over(false, Replace::No), Some(true));
        let mut other = patch("new", true, Replace::No);
        other.objects[0].functions[0].name = "g".into();
        assert_eq!(judge(&other, &below).accepted(), Some(true));
    }
}
