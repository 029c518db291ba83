// SPDX-License-Identifier: GPL-2.0

//! What an interrupt ends: what was started first, then what is half made is removed, then the
//! program dies by the signal itself, as its shell expects.

use anyhow::{Context, Result};
use rustix::process::{kill_process_group, Pid, Signal};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};
use std::{
    fs::{self, File},
    io,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// A build ends at once; one that does not is killed.
const PATIENCE: Duration = Duration::from_secs(10);

struct Work {
    interrupted: bool,
    children: Vec<Pid>,
    partial: Vec<PathBuf>,
}

static WORK: Mutex<Work> = Mutex::new(Work {
    interrupted: false,
    children: Vec::new(),
    partial: Vec::new(),
});
static CHILD_ENDED: Condvar = Condvar::new();

/// From now on an interrupt leaves nothing behind. Signals that are ignored, as `nohup` has it, stay
/// so.
pub fn watch() -> Result<()> {
    let ignored = ignored();
    let signals = [SIGINT, SIGTERM, SIGHUP];
    let signals = signals
        .into_iter()
        .filter(|signal| ignored & (1 << (signal - 1)) == 0);
    let mut signals = Signals::new(signals).context("cannot wait for signals")?;
    thread::spawn(move || signals.forever().for_each(end));
    Ok(())
}

/// The mask of signals that are ignored.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or_default()
}

/// Ends everything by a signal.
fn end(signal: i32) {
    let mut work = lock();
    work.interrupted = true;
    send(&work.children, signal);
    let (mut work, _) = CHILD_ENDED
        .wait_timeout_while(work, PATIENCE, |work| !work.children.is_empty())
        .unwrap_or_else(PoisonError::into_inner);
    send(&work.children, Signal::KILL.as_raw());
    work.partial.drain(..).for_each(|path| remove(&path));
    let _ = emulate_default_handler(signal);
}

/// Dies as if by Ctrl-C, for a child that ended by it.
pub fn die() {
    end(SIGINT);
}

fn send(groups: &[Pid], signal: i32) {
    for group in groups {
        if let Some(signal) = Signal::from_named_raw(signal) {
            let _ = kill_process_group(*group, signal);
        }
    }
}

fn remove(path: &Path) {
    if path.is_dir() {
        let _ = fs::remove_dir_all(path);
    } else {
        let _ = fs::remove_file(path);
    }
}

fn lock() -> MutexGuard<'static, Work> {
    WORK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What there is to end; it waits for the end once that has begun.
fn work() -> MutexGuard<'static, Work> {
    let work = lock();
    if !work.interrupted {
        return work;
    }
    drop(work);
    loop {
        thread::park();
    }
}

/// Waits for the end if it has begun: the program is not to end in another way.
pub fn settle() {
    drop(work());
}

/// Runs a command, in a process group of its own, so that all that it starts can be ended.
pub fn output(command: &mut Command) -> io::Result<Output> {
    let mut work = work();
    let child = command.process_group(0).spawn()?;
    let id = Pid::from_child(&child);
    work.children.push(id);
    drop(work);
    let output = child.wait_with_output();
    lock().children.retain(|child| *child != id);
    CHILD_ENDED.notify_all();
    settle();
    output
}

/// A file or directory that is written aside; it is gone if it is not finished.
pub struct Partial(PathBuf);

impl Partial {
    /// A file beside where it will be.
    pub fn file(beside: &Path) -> io::Result<(Self, File)> {
        let path = aside(beside);
        let mut work = work();
        let file = File::create_new(&path)?;
        work.partial.push(path.clone());
        Ok((Self(path), file))
    }

    /// A directory beside where it will be.
    pub fn directory(beside: &Path) -> io::Result<Self> {
        let path = aside(beside);
        let mut work = work();
        fs::create_dir(&path)?;
        work.partial.push(path.clone());
        Ok(Self(path))
    }

    /// Where it is written.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Puts it into its place.
    pub fn finish(self, place: &Path) -> io::Result<()> {
        let held = work();
        let result = fs::rename(&self.0, place);
        drop(held);
        result
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        let mut work = work();
        remove(&self.0);
        work.partial.retain(|path| *path != self.0);
    }
}

fn aside(path: &Path) -> PathBuf {
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".{}.partial", std::process::id()));
    aside.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finished_is_removed() {
        let dir = std::env::temp_dir().join(format!("klpctl-partial-{}", std::process::id()));
        let partial = Partial::directory(&dir).unwrap();
        fs::write(partial.path().join("file"), "text").unwrap();
        let path = partial.path().to_owned();
        drop(partial);
        assert!(!path.exists() && !dir.exists());
        let partial = Partial::directory(&dir).unwrap();
        partial.finish(&dir).unwrap();
        assert!(!path.exists() && dir.exists());
        fs::remove_dir(&dir).unwrap();
    }
}
