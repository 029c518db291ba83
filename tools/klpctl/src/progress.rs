// SPDX-License-Identifier: GPL-2.0

//! What the program is doing, for who waits: on stderr, and not where JSON is asked for.

use crate::show;
use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::IsTerminal,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::{Duration, Instant},
};

/// What takes less needs no word.
const LONG: Duration = Duration::from_secs(2);

static QUIET: AtomicBool = AtomicBool::new(false);

/// Says nothing from now on.
pub fn silence() {
    QUIET.store(true, Relaxed);
}

/// Says something.
pub fn say(text: &str) {
    if !QUIET.load(Relaxed) {
        show::say(text);
    }
}

/// Does work that takes long for sure: who does not sit at a terminal is told before, too.
pub fn long_step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    if !std::io::stderr().is_terminal() {
        say(&format!("{what} …"));
    }
    step(what, work)
}

/// Does work: on a terminal a line shows that time passes, and what took long is told after.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    if QUIET.load(Relaxed) {
        return work();
    }
    let started = Instant::now();
    let line = ProgressBar::new_spinner().with_message(what.to_owned());
    line.set_style(ProgressStyle::with_template("{msg} … {elapsed}")?);
    line.enable_steady_tick(Duration::from_millis(200));
    let result = work();
    line.finish_and_clear();
    if result.is_ok() && started.elapsed() >= LONG {
        say(&format!("{what}: {} s", started.elapsed().as_secs()));
    }
    result
}
