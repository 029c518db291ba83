// SPDX-License-Identifier: GPL-2.0

//! The answers of the rules, and their reasons.

use serde::Serialize;

/// Why the kernel refuses a patch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "rule", rename_all = "kebab-case")]
pub enum Refusal {
    /// A cumulative patch lacks a state of a patch in force.
    #[error(
        "it replaces '{of}', but does not have its state {id}{}: it could not undo or go on with \
        what that changed; add the state {id} in version {version} or higher, or disable '{of}' \
        first", has_instead(has, *same_data)
    )]
    StateMissing {
        /// The patch in force.
        of: String,
        /// The state.
        id: u64,
        /// Its version there.
        version: u32,
        /// The states that the new patch has.
        has: Vec<u64>,
        /// The one of them whose data have the name of the missing one's.
        same_data: Option<u64>,
    },
    /// A patch has a state in a lower version than a patch in force.
    #[error(
        "its state {id} has version {version}, but '{of}' has version {in_force}: it does not \
        know what the newer version changed; raise the version to {in_force} or higher, or disable \
        '{of}' first"
    )]
    StateOlder {
        /// The patch in force.
        of: String,
        /// The state.
        id: u64,
        /// Its version in the new patch.
        version: u32,
        /// Its version in the patch in force.
        in_force: u32,
    },
    /// A patch of that name is loaded.
    #[error(
        "a patch named '{name}' is loaded, and names are unique: disable it and remove its \
        module first, or give this one another name"
    )]
    Loaded {
        /// The name.
        name: String,
    },
    /// A module of that name is loaded, but no patch is in force by it.
    #[error(
        "a module named '{name}' is loaded, which a patch leaves behind that was disabled or \
        replaced: insmod says 'File exists'; run 'rmmod {name}' first"
    )]
    ModuleLoaded {
        /// The name.
        name: String,
    },
    /// A state's data in force have the layout that the patch has, but not the form.
    #[error(
        "its state {id} has {ours} since version {layout_since}, but '{of}', which is in force with \
        version {version}, has {theirs}: it would take them for its own; if they are of an older \
        layout, raise LAYOUT_SINCE to {next} and migrate them; if they are another thing, give the \
        state another id", next = version.saturating_add(1)
    )]
    OtherData {
        /// The patch in force.
        of: String,
        /// The state.
        id: u64,
        /// Its version there.
        version: u32,
        /// Since when the patch has its layout.
        layout_since: u32,
        /// Its data.
        ours: String,
        /// The data in force.
        theirs: String,
    },
    /// Data of an older layout stay in force.
    #[error(
        "its state {id} has its layout since version {layout_since}, and version {version} of \
        '{of}' stays in force with an older one: only a cumulative patch can migrate them; make it \
        cumulative (replace), or, if the layout is the same, set LAYOUT_SINCE to {version}"
    )]
    OlderDataStay {
        /// The patch in force.
        of: String,
        /// The state.
        id: u64,
        /// Its version there.
        version: u32,
        /// Since when the patch has its layout.
        layout_since: u32,
    },
    /// Data of an older layout are not migrated.
    #[error(
        "its state {id} has its layout since version {layout_since}, and does not migrate the older \
        data of '{of}', version {version}: write State::migrate(), or, if the layout is the same, \
        set LAYOUT_SINCE to {version}"
    )]
    NotMigrated {
        /// The patch in force.
        of: String,
        /// The state.
        id: u64,
        /// Its version there.
        version: u32,
        /// Since when the patch has its layout.
        layout_since: u32,
    },
    /// A replacement that may call the original would pass over the one of a patch that stays in force.
    #[error(
        "its replacement of '{function}' may call the original, and '{of}', which stays in force, replaces that too: \
        the call would pass over what '{of}' does; make it cumulative (replace), or disable '{of}' first"
    )]
    PassedOver {
        /// The patch in force.
        of: String,
        /// The function, with its object.
        function: String,
    },
    /// Another transition has not ended.
    #[error(
        "the transition of '{of}' has not ended, and there is one at a time: wait until \
        /sys/kernel/livepatch/{of}/transition is 0"
    )]
    Pending {
        /// The patch whose transition it is.
        of: String,
    },
    /// The module is not marked as a livepatch.
    #[error(
        "its .modinfo lacks 'livepatch=Y', by which the kernel knows a livepatch: add \
        MODULE_INFO(livepatch, \"Y\")"
    )]
    Unmarked,
    /// An object is in the table twice.
    #[error(
        "the object '{object}' is listed twice, and sysfs has one directory for it: list its \
        functions together"
    )]
    ObjectTwice {
        /// The object.
        object: String,
    },
    /// A function is in an object twice.
    #[error(
        "'{object}' has the function '{function}' twice, at one position (0 and 1 are the \
        same): remove one"
    )]
    FunctionTwice {
        /// The object.
        object: String,
        /// The function.
        function: String,
    },
    /// A name does not fit.
    #[error(
        "the name '{name}' is longer than the kernel's limit of {limit}: it cannot be a name \
        of this kernel"
    )]
    NameTooLong {
        /// The name.
        name: String,
        /// The first length that is too long.
        limit: usize,
    },
}

/// What may have been meant for a state that is not there.
fn has_instead(has: &[u64], same_data: Option<u64>) -> String {
    const MOST: usize = 8;
    if let Some(id) = same_data {
        return format!(" (its state {id} has data of that name: a state keeps its id)");
    }
    let ids: Vec<_> = has.iter().map(u64::to_string).collect();
    match ids.as_slice() {
        [] => " (it has none)".to_owned(),
        [one] => format!(" (it has the state {one})"),
        [most @ .., last] if ids.len() <= MOST => {
            format!(" (it has the states {} and {last})", most.join(", "))
        }
        _ => format!(" (it has {} others)", ids.len()),
    }
}

/// Why it is not known what the kernel will say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "doubt", rename_all = "kebab-case")]
pub enum Doubt {
    /// A loaded patch does not say which states it has.
    #[error(
        "'{of}' is loaded and does not say which states it has: give its .ko file instead of \
        its name"
    )]
    StatesUnknown {
        /// The patch.
        of: String,
    },
    /// It is not said what data a state has.
    #[error(
        "'{of}' does not say what the data of its state {id} are, and '{over}' has data of that state \
        in force: whether they can be taken over is not known; build '{of}' with a klp-rs that \
        describes them, or look into its source"
    )]
    DataUnknown {
        /// The patch that does not say it.
        of: String,
        /// The patch in force.
        over: String,
        /// The state.
        id: u64,
    },
    /// More than one has a state, and it is not known which was loaded last.
    #[error(
        "this kernel does not say in which order patches were loaded, and it depends on which one \
        of state {id} was the last: give their .ko files, in that order"
    )]
    OrderUnknown {
        /// The state.
        id: u64,
    },
    /// It depends on whether the patch will replace the others.
    #[error("it is refused unless it is loaded so that it replaces the others ({how}): {refusal}")]
    UnlessItReplaces {
        /// What is known of how it is decided.
        how: String,
        /// What is said then.
        refusal: Box<Refusal>,
    },
    /// It depends on whether the patch will replace the others.
    #[error("it is refused if it is loaded so that it replaces the others ({how}): {refusal}")]
    IfItReplaces {
        /// What is known of how it is decided.
        how: String,
        /// What is said then.
        refusal: Box<Refusal>,
    },
}

/// What the kernel, and then the patch itself, say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Why it refuses.
    pub refusals: Vec<Refusal>,
    /// Why that is not all that is to be said.
    pub doubts: Vec<Doubt>,
}

impl Verdict {
    /// Whether the patch is accepted, if that is known.
    pub fn accepted(&self) -> Option<bool> {
        match (self.refusals.is_empty(), self.doubts.is_empty()) {
            (false, _) => Some(false),
            (true, true) => Some(true),
            (true, false) => None,
        }
    }
}
