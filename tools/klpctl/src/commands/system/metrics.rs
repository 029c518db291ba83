// SPDX-License-Identifier: GPL-2.0

//! `klpctl metrics`: for node_exporter's textfile collector.

use crate::{
    exit::Exit,
    interrupt::Partial,
    running::{picture::Picture, rundir, System},
    show,
    store::Store,
};
use anyhow::{Context, Result};
use std::{fmt::Write as _, fs, io::Write, os::unix::fs::PermissionsExt, path::Path};

/// Prints them, or writes them to a file in one step.
pub fn run(output: Option<&Path>) -> Result<Exit> {
    let picture = Picture::take(&System::running(), &Store::open())?;
    let text = text(&picture, rundir::now());
    let Some(file) = output else {
        return show::plain(text.as_bytes()).map(|()| Exit::Ok);
    };
    let write = || -> std::io::Result<()> {
        let (partial, mut to) = Partial::file(file)?;
        to.write_all(text.as_bytes())?;
        to.set_permissions(fs::Permissions::from_mode(0o644))?;
        partial.finish(file)
    };
    write().with_context(|| format!("cannot write {}", file.display()))?;
    Ok(Exit::Ok)
}

struct Metrics(String);

impl Metrics {
    fn family(&mut self, name: &str, help: &str) {
        let _ = writeln!(
            self.0,
            "# HELP klpctl_{name} {help}\n# TYPE klpctl_{name} gauge"
        );
    }

    fn value(&mut self, name: &str, labels: &[(&str, &str)], value: i64) {
        let labels: Vec<_> = labels
            .iter()
            .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
            .collect();
        let labels = match labels.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", labels.join(",")),
        };
        let _ = writeln!(self.0, "klpctl_{name}{labels} {value}");
    }

    fn single(&mut self, name: &str, help: &str, value: i64) {
        self.family(name, help);
        self.value(name, &[], value);
    }
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

fn text(picture: &Picture, now: u64) -> String {
    let mut metrics = Metrics(String::new());
    metrics.single(
        "ok",
        "Whether all is as it should be.",
        i64::from(picture.ok),
    );
    metrics.family("patch", "A livepatch that is loaded: 1 if it is in force.");
    for patch in &picture.patches {
        let version = patch.version.as_deref().unwrap_or_default();
        let labels = [
            ("patch", patch.name.as_str()),
            ("version", version),
            ("status", patch.status),
        ];
        metrics.value("patch", &labels, i64::from(patch.status == "in force"));
    }
    metrics.family(
        "patch_expires_seconds",
        "When the last day of a livepatch begins.",
    );
    for patch in &picture.patches {
        if let Some(date) = patch.expires {
            metrics.value(
                "patch_expires_seconds",
                &[("patch", &patch.name)],
                date.seconds(),
            );
        }
    }
    metrics.family(
        "fix",
        "What a livepatch says that it fixes: 1 if it is in force for all tasks.",
    );
    for fix in &picture.fixes {
        let labels = [("fix", fix.fix.as_str()), ("patch", &fix.patch)];
        metrics.value("fix", &labels, i64::from(fix.is_in_force()));
    }
    transition(&mut metrics, picture, now);
    metrics.single(
        "leftover_modules",
        "Livepatches' modules that are loaded and not in force.",
        picture.leftovers.len() as i64,
    );
    metrics.single(
        "forced_transitions",
        "Transitions that were forced since boot.",
        picture.forced.len() as i64,
    );
    metrics.family(
        "installed",
        "A livepatch that is installed for this kernel: 1 if it is in force.",
    );
    for installed in &picture.installed {
        metrics.value(
            "installed",
            &[("patch", &installed.name)],
            i64::from(installed.in_force),
        );
    }
    metrics.family(
        "boot_failed",
        "A livepatch that was to be loaded at boot, and was not.",
    );
    for (patch, _) in &picture.failed {
        metrics.value("boot_failed", &[("patch", patch)], 1);
    }
    metrics.0
}

fn transition(metrics: &mut Metrics, picture: &Picture, now: u64) {
    let moving = picture.transition.as_ref();
    metrics.single(
        "transition_pending",
        "Whether a transition has not ended.",
        i64::from(moving.is_some()),
    );
    let Some(moving) = moving else { return };
    metrics.single(
        "transition_blocking_tasks",
        "Tasks that have not switched.",
        moving.progress.blocking.len() as i64,
    );
    if let Some(since) = moving.seen_since {
        metrics.single(
            "transition_seen_for_seconds",
            "How long klpctl has seen the transition.",
            now.saturating_sub(since) as i64,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_break_out() {
        let mut metrics = Metrics(String::new());
        metrics.value("patch", &[("patch", "a\"} 1\nx\\")], 1);
        assert_eq!(metrics.0, "klpctl_patch{patch=\"a\\\"} 1\\nx\\\\\"} 1\n");
    }
}
