// SPDX-License-Identifier: GPL-2.0

//! All that `status` shows, as it is at one moment.

use super::{
    fixed::{self, Fix},
    load::is_same,
    rundir::{self, Forced},
    system::{Direction, Leftover, Pending, System},
    tasks::{self, Progress},
    way_back::{self, are_ordered},
};
use crate::{
    date::Date,
    kernel,
    patch::{Patch, State},
    store::{
        guard::{self, Guard},
        Installed, Store,
    },
};
use anyhow::Result;
use serde::Serialize;

/// The system's livepatches.
#[derive(Debug, Serialize)]
pub struct Picture {
    /// Whether all is as it should be.
    pub ok: bool,
    /// What is not.
    pub problems: Vec<String>,
    /// The transition that has not ended.
    pub transition: Option<Moving>,
    /// Those in force, or in transition, in their order.
    pub patches: Vec<InForce>,
    /// Which patch serves each function.
    pub functions: Vec<Served>,
    /// Modules whose patches are not in force.
    pub leftovers: Vec<Leftover>,
    /// What was forced since boot.
    pub forced: Vec<Forced>,
    /// What they say that they fix.
    pub fixes: Vec<Fix>,
    /// What is installed for this kernel.
    pub installed: Vec<ToLoad>,
    /// What was to be loaded at boot and was not, and why.
    #[serde(skip)]
    pub failed: Vec<(String, String)>,
}

/// A patch that is installed for this kernel.
#[derive(Debug, Serialize)]
pub struct ToLoad {
    /// Its name.
    pub name: String,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether this build is in force.
    pub in_force: bool,
    /// Why it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// A transition that has not ended.
#[derive(Debug, Serialize)]
pub struct Moving {
    /// Of which patch, and where it leads.
    #[serde(flatten)]
    pub pending: Pending,
    /// Since when klpctl has seen it, in seconds after the first of 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen_since: Option<u64>,
    /// How far it is.
    #[serde(flatten)]
    pub progress: Progress,
    /// Why it may never end, if there is a reason beside the tasks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub may_not_end: Option<String>,
}

/// A patch in force, or in transition.
#[derive(Debug, Serialize)]
pub struct InForce {
    /// Its name.
    pub name: String,
    /// How it is.
    pub status: &'static str,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What it fixes.
    pub fixes: Vec<String>,
    /// Its last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Date>,
    /// Its states; `None` if they are not known.
    pub states: Option<Vec<State>>,
}

/// A function, and what serves it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Served {
    /// Its object.
    pub object: String,
    /// It.
    pub function: String,
    /// The patch, if it is known.
    pub by: Option<String>,
}

impl Picture {
    /// The system as it is.
    pub fn take(system: &System, store: &Store) -> Result<Self> {
        let patches = system.patches()?;
        let mut picture = Self {
            ok: true,
            problems: Vec::new(),
            transition: moving(system, &patches)?,
            functions: served(&patches),
            patches: patches.iter().map(in_force).collect(),
            leftovers: system.leftovers()?,
            forced: rundir::forced(&system.root),
            fixes: fixed::fixes(&patches),
            installed: Vec::new(),
            failed: rundir::failed(&system.root),
        };
        picture.problems = match installed(system, store, &patches, &picture.failed) {
            Ok(installed) => {
                picture.installed = installed;
                Vec::new()
            }
            Err(error) => vec![format!("what is installed cannot be read: {error:#}")],
        };
        picture.problems.extend(picture.judge(Date::today()));
        picture.ok = picture.problems.is_empty();
        Ok(picture)
    }

    fn judge(&self, today: Date) -> Vec<String> {
        let mut problems = Vec::new();
        if let Some(moving) = &self.transition {
            let name = &moving.pending.patch;
            problems.push(match &moving.may_not_end {
                None => format!(
                    "the transition of '{name}' has not ended: {} ('klpctl blocking')",
                    moving.progress.summary()
                ),
                Some(why) => format!(
                    "the transition of '{name}' may never end: {why} ('klpctl reverse {name}')"
                ),
            });
        }
        for patch in &self.patches {
            if let Some(date) = patch.expires.filter(|date| *date < today) {
                problems.push(format!(
                    "the last day of '{}' was {date}: look for a newer one",
                    patch.name
                ));
            }
        }
        for installed in &self.installed {
            if let Some(why) = &installed.why {
                problems.push(format!(
                    "'{}' is installed and not in force: {why}",
                    installed.name
                ));
            }
        }
        let stays = |name: &String| self.forced.iter().any(|forced| forced.stay.contains(name));
        let may_go = |left: &&Leftover| !left.kept && !stays(&left.module);
        for left in self.leftovers.iter().filter(may_go) {
            problems.push(format!(
                "the module '{0}' is loaded, and its patch is not in force ('klpctl unload {0}')",
                left.module
            ));
        }
        for forced in &self.forced {
            problems.push(match forced.stay.as_slice() {
                [] => format!("the transition of '{}' was forced", forced.patch),
                stay => format!(
                    "the transition of '{}' was forced: the module of {} stays until the next boot",
                    forced.patch,
                    crate::near::list(&stay.iter().map(String::as_str).collect::<Vec<_>>(), "and")
                ),
            });
        }
        problems
    }
}

/// The transition that has not ended, with who holds it.
pub fn moving(system: &System, patches: &[Patch]) -> Result<Option<Moving>> {
    let Some(pending) = system.pending() else {
        return Ok(None);
    };
    Ok(Some(Moving {
        seen_since: rundir::seen_since(&system.root, &pending),
        progress: tasks::look(&system.root, &pending, patches)?,
        may_not_end: may_not_end(system, patches, &pending),
        pending,
    }))
}

/// Why it may never end: somebody has enabled a patch again to which there is no way back.
fn may_not_end(system: &System, patches: &[Patch], pending: &Pending) -> Option<String> {
    let is_sure = pending.direction == Direction::Patching && are_ordered(patches);
    let closed = is_sure.then(|| way_back::closed(system, patches, &pending.patch));
    closed.flatten().map(|closed| closed.why())
}

/// Those for this kernel, each with why it is not in force.
fn installed(
    system: &System,
    store: &Store,
    patches: &[Patch],
    failed: &[(String, String)],
) -> Result<Vec<ToLoad>> {
    let Ok(release) = kernel::running::release(&system.root) else {
        return Ok(Vec::new());
    };
    let held = Guard::new(store, &system.root).held();
    let switch = guard::switch(&system.root, &store.root);
    let to_load = |installed: Installed| {
        let name = installed.patch.name.clone();
        let loaded = patches.iter().find(|patch| patch.name == name);
        let failure = failed.iter().find(|(patch, _)| *patch == name);
        let why = match (loaded, &switch, failure) {
            (Some(loaded), ..) if is_same(loaded, &installed.patch) == Some(false) => {
                Some(format!("another build of it is ('klpctl unload {name}', 'klpctl load {name}')"))
            }
            (Some(_), ..) => None,
            _ if held.contains(&format!("{release}/{}", installed.file)) => Some(format!(
                "held back, since a boot ended uncleanly soon after it was loaded ('klpctl load {name}')"
            )),
            (None, Some(switch), _) => Some(switch.clone()),
            (None, None, Some((_, why))) => Some(why.clone()),
            (None, None, None) => Some(format!("it was not loaded ('klpctl load {name}')")),
        };
        ToLoad {
            version: installed.patch.about.version.clone(),
            in_force: why.is_none(),
            why,
            name,
        }
    };
    Ok(store.current(&release)?.into_iter().map(to_load).collect())
}

fn in_force(patch: &Patch) -> InForce {
    InForce {
        name: patch.name.clone(),
        status: match patch.status {
            Some(status) if status.transition && status.enabled => "patching",
            Some(status) if status.transition => "unpatching",
            Some(status) if status.enabled => "in force",
            _ => "disabled",
        },
        version: patch.about.version.clone(),
        fixes: patch.about.fixes.clone(),
        expires: patch.about.expires,
        states: patch.states.clone(),
    }
}

/// The last patch that was loaded serves a function; where the kernel does not say which one that is, it is known of those
/// that one patch has.
fn served(patches: &[Patch]) -> Vec<Served> {
    let are_ordered = are_ordered(patches);
    let mut served: Vec<Served> = Vec::new();
    for patch in patches {
        for (object, function) in patch.functions() {
            let name = match function.position() {
                1 => function.name.clone(),
                position => format!("{},{position}", function.name),
            };
            let known = served
                .iter_mut()
                .find(|known| known.object == object && known.function == name);
            match known {
                Some(known) => known.by = are_ordered.then(|| patch.name.clone()),
                None => served.push(Served {
                    object: object.to_owned(),
                    function: name,
                    by: Some(patch.name.clone()),
                }),
            }
        }
    }
    served
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::{Function, Object, Status};

    fn patch(name: &str, order: Option<u64>) -> Patch {
        Patch {
            name: name.into(),
            status: Some(Status {
                enabled: true,
                transition: false,
                order,
            }),
            objects: vec![Object {
                name: "vmlinux".into(),
                functions: vec![Function {
                    name: "f".into(),
                    ..Default::default()
                }],
                ..Default::default()
            }],
            ..Default::default()
        }
    }

    #[test]
    fn the_last_one_serves_where_the_order_is_known() {
        let by = |a, b| served(&[patch("a", a), patch("b", b)]).pop().unwrap().by;
        assert_eq!(by(Some(1), Some(2)).as_deref(), Some("b"));
        assert_eq!(by(None, None), None);
        assert_eq!(served(&[patch("a", None)])[0].by.as_deref(), Some("a"));
    }

    #[test]
    fn what_is_not_as_it_should_be_is_told() {
        let picture = Picture {
            ok: true,
            problems: Vec::new(),
            transition: None,
            patches: vec![InForce {
                expires: "2027-03-31".parse().ok(),
                ..in_force(&patch("a", None))
            }],
            functions: Vec::new(),
            leftovers: vec![
                Leftover {
                    module: "old".into(),
                    users: Some(0),
                    kept: false,
                },
                Leftover {
                    module: "stuck".into(),
                    users: Some(1),
                    kept: false,
                },
            ],
            forced: vec![Forced {
                at: 0,
                patch: "stuck".into(),
                stay: vec!["stuck".into()],
            }],
            fixes: Vec::new(),
            installed: Vec::new(),
            failed: Vec::new(),
        };
        assert_eq!(picture.judge("2027-03-31".parse().unwrap()).len(), 2);
        let told = picture.judge("2027-04-01".parse().unwrap());
        assert!(
            told[0].contains("2027-03-31") && told[1].contains("klpctl unload old"),
            "{told:?}"
        );
        assert!(told[2].contains("stays until the next boot"), "{told:?}");
    }
}
