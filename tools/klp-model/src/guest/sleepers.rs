// SPDX-License-Identifier: GPL-2.0

//! Tasks that sleep in `klp_test_hold()`.

use super::{pause, read, PATIENCE, SYSTEM};
use anyhow::{anyhow, bail, Result};
use std::{fs, path::Path, thread, thread::JoinHandle};

/// Tasks that are asleep, the first first.
#[derive(Default)]
pub struct Sleepers(Vec<JoinHandle<Result<u32>>>);

impl Sleepers {
    /// One more.
    pub fn fall_asleep(&mut self) -> Result<()> {
        fs::write(Path::new(SYSTEM).join("release"), "0")?;
        self.0.push(thread::spawn(|| {
            Ok(read(SYSTEM, "hold")?.trim().parse()?)
        }));
        for _ in 0..PATIENCE {
            if read(SYSTEM, "waiting")?.trim() == self.0.len().to_string() {
                return Ok(());
            }
            pause();
        }
        bail!("nobody falls asleep")
    }

    /// All wake up, and say what they have slept in.
    pub fn wake(&mut self) -> Result<Vec<u32>> {
        fs::write(Path::new(SYSTEM).join("release"), "1")?;
        self.0
            .drain(..)
            .map(|sleeper| {
                sleeper
                    .join()
                    .map_err(|_| anyhow!("a task that slept has died"))?
            })
            .collect()
    }
}
