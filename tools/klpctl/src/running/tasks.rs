// SPDX-License-Identifier: GPL-2.0

//! Who holds a transition: each task's state, and where it is.
//!
//! C sources: `fs/proc/base.c` (`proc_pid_patch_state()`, `proc_pid_stack()`), `kernel/livepatch/transition.c`

use super::system::{Direction, Pending};
use crate::patch::Patch;
use anyhow::{Context, Result};
use serde::Serialize;
use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

/// A task that has not switched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Task {
    /// Its thread id.
    pub tid: u32,
    /// The process.
    pub pid: u32,
    /// What it is called.
    pub name: String,
    /// The patched functions that it is in, the innermost first; none are known of one that runs.
    #[serde(rename = "in")]
    pub inside: Vec<String>,
    /// Where it is, the innermost function first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stack: Vec<String>,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.tid, crate::show::clean(&self.name))?;
        match self.inside.as_slice() {
            [] => f.write_str(", where it is does not show"),
            inside => write!(f, " in {}", inside.join(", ")),
        }
    }
}

/// How far the tasks are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// How many there are.
    pub tasks: usize,
    /// How many of them have switched.
    pub switched: usize,
    /// How many do not show, to this user.
    pub hidden: usize,
    /// Who has not.
    pub blocking: Vec<Task>,
}

impl Progress {
    /// It in a few words.
    pub fn summary(&self) -> String {
        match (self.blocking.len(), self.hidden) {
            (_, 1..) => "how many tasks hold it shows to root only".to_owned(),
            (0, _) => "an idle task holds it, which /proc does not show; wait".to_owned(),
            (1, _) => format!("1 of {} tasks has not switched", self.tasks),
            (blocking, _) => format!("{blocking} of {} tasks have not switched", self.tasks),
        }
    }
}

/// Counts the tasks, without looking where they are.
pub fn count(root: &Path, direction: Direction) -> Result<Progress> {
    let mut progress = Progress::default();
    for dir in tasks(root)? {
        match state(&dir) {
            Ok(Some(state)) => {
                progress.tasks += 1;
                if state == direction {
                    progress.switched += 1;
                } else {
                    progress.blocking.extend(task(&dir));
                }
            }
            Ok(None) => {
                progress.tasks += 1;
                progress.switched += 1;
            }
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => progress.hidden += 1,
            Err(_) => {} // it has ended
        }
    }
    Ok(progress)
}

/// Counts the tasks, and looks where those are that hold it.
pub fn look(root: &Path, pending: &Pending, patches: &[Patch]) -> Result<Progress> {
    let mut progress = count(root, pending.direction)?;
    for task in &mut progress.blocking {
        let dir = root.join(format!("proc/{}/task/{}", task.pid, task.tid));
        task.stack = stack(&fs::read_to_string(dir.join("stack")).unwrap_or_default());
        task.inside = inside(&task.stack, patches);
    }
    Ok(progress)
}

/// The directories of all tasks.
fn tasks(root: &Path) -> Result<Vec<PathBuf>> {
    let numbers = |dir: &Path| {
        let entries = fs::read_dir(dir)?;
        let is_number = |entry: &fs::DirEntry| {
            entry
                .file_name()
                .to_str()
                .is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
        };
        io::Result::Ok(
            entries
                .filter_map(Result::ok)
                .filter(is_number)
                .map(|entry| entry.path())
                .collect::<Vec<_>>(),
        )
    };
    let processes = numbers(&root.join("proc")).context("cannot list /proc; is it mounted?")?;
    let threads = |process: PathBuf| numbers(&process.join("task")).unwrap_or_default();
    Ok(processes.into_iter().flat_map(threads).collect())
}

/// Where it has switched to; `None` if it need not.
fn state(dir: &Path) -> io::Result<Option<Direction>> {
    Ok(match fs::read_to_string(dir.join("patch_state"))?.trim() {
        "0" => Some(Direction::Unpatching),
        "1" => Some(Direction::Patching),
        _ => None,
    })
}

fn task(dir: &Path) -> Option<Task> {
    let number = |path: &Path| path.file_name()?.to_str()?.parse().ok();
    let name = fs::read_to_string(dir.join("comm")).ok()?;
    Some(Task {
        tid: number(dir)?,
        pid: number(dir.parent()?.parent()?)?,
        name: name.trim_end_matches('\n').to_owned(),
        inside: Vec::new(),
        stack: Vec::new(),
    })
}

/// `[<0>] function+0x1/0x2 [module]`, a line each; the module is left out for the kernel's own.
fn stack(text: &str) -> Vec<String> {
    let frame = |line: &str| {
        let line = line.trim();
        Some(line.strip_prefix("[<0>] ").unwrap_or(line).to_owned()).filter(|line| !line.is_empty())
    };
    text.lines().filter_map(frame).collect()
}

/// What is patched, or replaces something, of a stack.
fn inside(stack: &[String], patches: &[Patch]) -> Vec<String> {
    let patched = |frame: &String| {
        let (place, module) = match frame.split_once(" [") {
            Some((place, module)) => (place, module.trim_end_matches(']')),
            None => (frame.as_str(), "vmlinux"),
        };
        let function = place.split('+').next().unwrap_or(place);
        if patches.iter().any(|patch| patch.name == module) {
            return Some(format!(
                "{} of {module}",
                function.trim_end_matches(".body")
            ));
        }
        let is_it = |(object, known): (&str, &crate::patch::Function)| {
            object == module && known.name == function
        };
        let is_patched = patches.iter().flat_map(Patch::functions).any(is_it);
        is_patched.then(|| format!("{module}:{function}"))
    };
    let mut found: Vec<String> = Vec::new();
    for name in stack.iter().filter_map(patched) {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::{Function, Object};

    #[test]
    fn a_task_is_in_what_is_patched_and_in_what_replaces() {
        let function = Function {
            name: "nap".into(),
            ..Default::default()
        };
        let patch = Patch {
            name: "fix".into(),
            objects: vec![Object {
                name: "target".into(),
                functions: vec![function],
                ..Default::default()
            }],
            ..Default::default()
        };
        let text = "[<0>] msleep+0x2d/0x40\n[<0>] fixed_nap.body+0x1/0x2 [fix]\n[<0>] fixed_nap+0x9/0x10 [fix]\n\
            [<0>] nap+0x1c/0x30 [target]\n[<0>] nap+0x1/0x2\n";
        let stack = stack(text);
        assert_eq!(stack[0], "msleep+0x2d/0x40");
        assert_eq!(inside(&stack, &[patch]), ["fixed_nap of fix", "target:nap"]);
    }
}
