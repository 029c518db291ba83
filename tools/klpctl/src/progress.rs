// SPDX-License-Identifier: GPL-2.0

//! What the program is doing, for who waits: on stderr, and not where JSON is asked for.

use crate::show;
use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::{
    io::IsTerminal,
    sync::{
        atomic::{AtomicBool, Ordering::Relaxed},
        Mutex, PoisonError,
    },
    time::{Duration, Instant},
};

/// What takes less needs no word.
const LONG: Duration = Duration::from_secs(2);

static QUIET: AtomicBool = AtomicBool::new(false);
static TAKEN: Mutex<Vec<Taken>> = Mutex::new(Vec::new());

/// How long a step took.
#[derive(Clone, Serialize)]
pub struct Taken {
    /// What it was.
    pub step: String,
    /// By the clock.
    pub seconds: f64,
}

/// The steps that ended until now.
pub fn taken() -> Vec<Taken> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Says nothing from now on.
pub fn silence() {
    QUIET.store(true, Relaxed);
}

/// Whether only what went wrong is to be said.
pub fn is_quiet() -> bool {
    QUIET.load(Relaxed)
}

/// Says something.
pub fn say(text: &str) {
    if !is_quiet() {
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
    let started = Instant::now();
    let result = match is_quiet() {
        true => work(),
        false => shown(what, work)?,
    };
    let taken = started.elapsed();
    if result.is_ok() && taken >= LONG {
        say(&format!("{what}: {} s", taken.as_secs()));
    }
    let step = what.to_owned();
    let seconds = taken.as_secs_f64();
    TAKEN
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(Taken { step, seconds });
    result
}

fn shown<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<Result<T>> {
    let line = ProgressBar::new_spinner().with_message(what.to_owned());
    line.set_style(ProgressStyle::with_template("{msg} … {elapsed}")?);
    line.enable_steady_tick(Duration::from_millis(200));
    let result = work();
    line.finish_and_clear();
    Ok(result)
}

/// A bar that shows how many of some have arrived, on a terminal.
pub struct Bar {
    bar: Option<ProgressBar>,
    shown: Option<Instant>,
}

impl Bar {
    /// It is not there before it is first shown.
    pub fn new(what: &str) -> Self {
        let style =
            ProgressStyle::with_template("{msg} [{bar:30}] {pos} of {len} tasks, {elapsed}");
        let bar = match style {
            Ok(style) if !is_quiet() => {
                let bar = ProgressBar::no_length().with_message(what.to_owned());
                bar.set_style(style.progress_chars("=> "));
                Some(bar)
            }
            _ => None,
        };
        Self { bar, shown: None }
    }

    /// Shows how many have arrived, and how many there are; asks twice a second at most.
    pub fn show(&mut self, count: impl FnOnce() -> (usize, usize)) {
        const OFTEN: Duration = Duration::from_millis(500);
        let Some(bar) = &self.bar else { return };
        if bar.is_hidden() || self.shown.is_some_and(|shown| shown.elapsed() < OFTEN) {
            return;
        }
        self.shown = Some(Instant::now());
        let (arrived, all) = count();
        bar.set_length(all as u64);
        bar.set_position(arrived as u64);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
