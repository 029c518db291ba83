// SPDX-License-Identifier: GPL-2.0

//! What states do to the system, and the data that they have.

use crate::{
    catalogue::{Language, Patch, State},
    step::Fails,
};
use rustix::io::Errno;
use std::collections::{BTreeMap, BTreeSet};

/// Data of a state.
#[derive(Clone, Debug)]
pub struct Data {
    /// What the value is to be set back to.
    pub saved: i32,
    /// Data of the other layout know what they were made of.
    migrated_from: Option<u32>,
}

/// What a patch that is being enabled has prepared for a state.
#[derive(Clone, Debug)]
enum Prepared {
    /// It is new, and has data.
    SetUp,
    /// The data of the version in force are to become the patch's.
    Adopts(u32),
    /// These, made of those of the version in force, are.
    Migrated(u32, Data),
}

/// All that a patch which is being enabled has prepared.
#[derive(Clone, Debug, Default)]
pub struct Preparations(Vec<(State, Prepared)>);

/// The system's values, and the data in memory. Patches that have a state share its data.
#[derive(Clone, Debug)]
pub struct States {
    /// The values.
    pub values: [i32; 3],
    live: BTreeMap<usize, Data>,
    /// Out of whose patches tasks were forced.
    forced: BTreeSet<usize>,
    leaked: usize,
}

impl Default for States {
    fn default() -> Self {
        Self {
            values: [1, 2, 3],
            live: BTreeMap::new(),
            forced: BTreeSet::new(),
            leaked: 0,
        }
    }
}

impl States {
    /// How many data are in memory, with those of a patch that is being enabled.
    pub fn allocations(&self, preparations: &Preparations) -> usize {
        let migrated =
            |(_, prepared): &&(State, Prepared)| matches!(prepared, Prepared::Migrated(..));
        self.live.len() + self.leaked + preparations.0.iter().filter(migrated).count()
    }

    /// The value that a state is to be set back to.
    pub fn saved(&self, id: usize) -> Option<i32> {
        self.live.get(&id).map(|data| data.saved)
    }

    /// Prepares all states of a patch, of which `in_force` tells the versions in force. All is undone if one fails.
    pub fn prepare(
        &mut self,
        patch: &Patch,
        replace: bool,
        fails: Fails,
        in_force: impl Fn(usize) -> Option<u32>,
        events: &mut Vec<String>,
    ) -> Result<Preparations, Errno> {
        let mut preparations = Preparations::default();
        for &state in patch.states {
            let prepared = match in_force(state.id) {
                None => self.set_up(state, fails, events),
                Some(version) => self.take_over(patch, state, version, replace, fails, events),
            };
            match prepared {
                Ok(prepared) => preparations.0.push((state, prepared)),
                Err(errno) => {
                    self.abandon(preparations, events);
                    return Err(errno);
                }
            }
        }
        Ok(preparations)
    }

    fn set_up(
        &mut self,
        state: State,
        fails: Fails,
        events: &mut Vec<String>,
    ) -> Result<Prepared, Errno> {
        if fails as usize == state.id {
            return Err(Errno::NODEV);
        }
        events.push(format!("setup {}", state.id));
        let migrated_from = has_other_layout(state).then_some(0);
        self.live.insert(
            state.id,
            Data {
                saved: 0,
                migrated_from,
            },
        );
        Ok(Prepared::SetUp)
    }

    fn take_over(
        &self,
        patch: &Patch,
        state: State,
        version: u32,
        replace: bool,
        fails: Fails,
        events: &mut Vec<String>,
    ) -> Result<Prepared, Errno> {
        if patch.language == Language::C || version >= state.layout_since() {
            return Ok(Prepared::Adopts(version));
        }
        if !replace {
            return Err(Errno::INVAL);
        }
        if fails as usize == state.id {
            return Err(Errno::NODEV);
        }
        let saved = self.live[&state.id].saved;
        events.push(format!(
            "migrate {} of version {version} with {saved}",
            state.id
        ));
        let migrated_from = Some(version);
        Ok(Prepared::Migrated(
            version,
            Data {
                saved,
                migrated_from,
            },
        ))
    }

    /// The patch is not enabled after all.
    pub fn abandon(&mut self, preparations: Preparations, events: &mut Vec<String>) {
        for (state, prepared) in preparations.0.into_iter().rev() {
            if let Prepared::SetUp = prepared {
                self.release(state, events);
            }
        }
    }

    /// The patch is in force.
    pub fn commit(&mut self, preparations: Preparations, events: &mut Vec<String>) {
        for (state, prepared) in preparations.0 {
            match prepared {
                Prepared::SetUp => self.enable(state, events),
                Prepared::Adopts(version) => self.adopt(state, version, events),
                Prepared::Migrated(version, data) => {
                    events.push(format!(
                        "adopt {} of version {version} with {}, as it was: {}",
                        state.id,
                        data.saved,
                        data.saved == self.live[&state.id].saved
                    ));
                    self.leaked += usize::from(self.forced.contains(&state.id));
                    self.live.insert(state.id, data);
                }
            }
        }
    }

    /// The data of a version in force have become the patch's, as they are.
    pub fn adopt(&self, state: State, version: u32, events: &mut Vec<String>) {
        let Data {
            saved,
            migrated_from,
        } = &self.live[&state.id];
        events.push(match migrated_from {
            Some(from) if has_other_layout(state) => {
                format!(
                    "adopt {} of version {from} with {saved}, as it was: false",
                    state.id
                )
            }
            _ => format!("adopt {} of version {version} with {saved}", state.id),
        });
    }

    /// The value is modified.
    pub fn enable(&mut self, state: State, events: &mut Vec<String>) {
        events.push(format!("enable {}", state.id));
        if let Some(data) = self.live.get_mut(&state.id) {
            data.saved = std::mem::replace(&mut self.values[state.id - 1], state.value());
        }
    }

    /// The value is set back.
    pub fn disable(&mut self, state: State, events: &mut Vec<String>) {
        events.push(format!("disable {}", state.id));
        self.values[state.id - 1] = self.live[&state.id].saved;
    }

    /// The data are freed.
    pub fn release(&mut self, state: State, events: &mut Vec<String>) {
        events.push(format!("release {}", state.id));
        self.live.remove(&state.id);
    }

    /// Tasks were forced out of a patch that has the state; patches in Rust remember it.
    pub fn mark_forced(&mut self, id: usize) {
        self.forced.insert(id);
    }
}

fn has_other_layout(state: State) -> bool {
    state.layout_since() == State::OTHER_LAYOUT
}
