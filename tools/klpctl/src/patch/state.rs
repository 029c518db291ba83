// SPDX-License-Identifier: GPL-2.0

//! A state of a patch, and what is known of its data.

use serde::Serialize;
use std::fmt;

/// A state that a patch has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct State {
    /// Which one it is.
    pub id: u64,
    /// Its version.
    pub version: u32,
    /// Its data, as far as the patch says.
    #[serde(skip_serializing_if = "StateData::is_unknown")]
    pub data: StateData,
}

/// What a patch says of a state's data; each is `None` where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StateData {
    /// In bytes.
    pub size: Option<u64>,
    /// In bytes.
    pub align: Option<u64>,
    /// The first version of the state that had this layout.
    pub layout_since: Option<u32>,
    /// Whether the patch can make such data from those of an older layout.
    pub migrates: Option<bool>,
    /// What the source calls their type.
    pub name: Option<String>,
}

impl StateData {
    /// Whether nothing is said.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    /// Whether all is said that two can be compared by.
    pub fn is_whole(&self) -> bool {
        self.size.is_some() && self.align.is_some() && self.name.is_some()
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.id, self.version)
    }
}

impl fmt::Display for StateData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number =
            |number: Option<u64>| number.map_or("?".to_owned(), |number| number.to_string());
        let name = self.name.as_deref().unwrap_or("?");
        let (size, align) = (number(self.size), number(self.align));
        write!(f, "'{name}' ({size} bytes, aligned to {align})")
    }
}
