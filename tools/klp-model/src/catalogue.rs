// SPDX-License-Identifier: GPL-2.0

//! The patches that there are: `sources` writes their modules, and the model knows what they do.

/// What a patch is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Rust, with the crate.
    Rust,
    /// C, as the kernel's documentation has it.
    C,
    /// A `.patch` for the kernel's source that `klpctl patch` made a module of, with states in Rust.
    Fix,
}

/// What a function belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    /// The kernel.
    Vmlinux,
    /// `klp_test_system`, which stays.
    System,
    /// `klp_test_target`, which comes and goes.
    Target,
}

/// A function that patches replace. What it answers tells which one is at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `klp_test_touch()`
    Touch,
    /// `klp_test_start()`
    Start,
    /// `klp_test_hold()`, in which tasks sleep.
    Hold,
    /// `klp_test_add()`
    Add,
    /// `version_proc_show()`
    Version,
    /// `cmdline_proc_show()`
    Cmdline,
}

use Function::{Add, Cmdline, Hold, Start, Touch, Version};

impl Function {
    /// Those that can be asked at any time.
    pub const ASKED: [Self; 5] = [Touch, Start, Add, Version, Cmdline];

    /// What it belongs to.
    pub fn object(self) -> Object {
        match self {
            Touch | Start | Hold => Object::System,
            Add => Object::Target,
            Version | Cmdline => Object::Vmlinux,
        }
    }

    /// Its name in what is generated.
    pub fn name(self) -> &'static str {
        match self {
            Touch => "touch",
            Start => "start",
            Hold => "hold",
            Add => "add",
            Version => "version",
            Cmdline => "cmdline",
        }
    }
}

/// A state of a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Which of the system's values it modifies, from 1.
    pub id: usize,
    /// What the patch makes of it.
    pub version: u32,
}

impl State {
    /// The version that brought other data, which have to be migrated to.
    pub const OTHER_LAYOUT: u32 = 3;

    const fn new(id: usize, version: u32) -> Self {
        Self { id, version }
    }

    /// The first version that had the layout of this one's data.
    pub fn layout_since(self) -> u32 {
        if self.version >= Self::OTHER_LAYOUT {
            Self::OTHER_LAYOUT
        } else {
            1
        }
    }

    /// What it sets the value to.
    pub fn value(self) -> i32 {
        (10 * self.id as u32 + self.version) as i32
    }
}

/// A patch.
#[derive(Debug, PartialEq, Eq)]
pub struct Patch {
    /// What the steps call it.
    pub name: &'static str,
    /// What its functions answer with; 0 are the originals.
    pub number: u32,
    /// What it is written in.
    pub language: Language,
    /// Its states, in their order.
    pub states: &'static [State],
    /// What it replaces.
    pub functions: &'static [Function],
}

impl Patch {
    /// Whether it replaces the function.
    pub fn replaces(&self, function: Function) -> bool {
        self.functions.contains(&function)
    }

    /// Whether it is about the module that comes and goes.
    pub fn has_target(&self) -> bool {
        self.functions
            .iter()
            .any(|function| function.object() == Object::Target)
    }

    /// Its state of that id.
    pub fn state(&self, id: usize) -> Option<State> {
        self.states.iter().copied().find(|state| state.id == id)
    }

    /// The name of the module in the file; the end is a number, which copies change.
    pub fn module(&self) -> String {
        format!("{MODULE}{}_000", self.name)
    }
}

/// How the names of their modules begin.
pub const MODULE: &str = "klp_model_";
/// How the name of the object in Rust ends where `klpctl patch` has made another.
pub const TABLES: &str = "_tables";

/// The patch of that name.
pub fn find(name: &str) -> Option<&'static Patch> {
    PATCHES.iter().find(|patch| patch.name == name)
}

const fn patch(
    name: &'static str,
    number: u32,
    states: &'static [State],
    functions: &'static [Function],
) -> Patch {
    let language = match name.as_bytes()[0] {
        b'r' => Language::Rust,
        b'c' => Language::C,
        _ => Language::Fix,
    };
    Patch {
        name,
        number,
        language,
        states,
        functions,
    }
}

const fn s(id: usize, version: u32) -> State {
    State::new(id, version)
}

/// All of them.
pub static PATCHES: [Patch; 15] = [
    patch("r1", 1, &[s(1, 1)], &[Touch, Hold, Add]),
    patch("r2", 2, &[s(1, 2)], &[Touch, Hold]),
    patch("r3", 3, &[s(1, 3)], &[Touch, Add]),
    patch("r4", 4, &[s(1, 1), s(2, 1), s(3, 1)], &[Start, Hold]),
    patch("r5", 5, &[s(1, 2), s(2, 2), s(3, 2)], &[Touch, Start, Add]),
    patch("r6", 6, &[s(1, 3), s(2, 3), s(3, 3)], &[Hold, Version]),
    patch("r7", 7, &[], &[Start, Hold, Cmdline]),
    patch("r8", 8, &[s(2, 1)], &[Touch, Add]),
    patch("c1", 9, &[s(1, 1)], &[Touch, Hold]),
    patch("c2", 10, &[s(1, 2), s(2, 1)], &[Start, Add]),
    patch("c3", 11, &[], &[Hold, Add, Version]),
    patch("c4", 12, &[s(2, 2), s(3, 1)], &[Touch, Start]),
    patch("k1", 13, &[], &[Version]),
    patch("k2", 14, &[s(2, 2)], &[Version, Cmdline]),
    patch("k3", 15, &[s(1, 2), s(3, 2)], &[Hold, Cmdline]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_their_own() {
        for (i, patch) in PATCHES.iter().enumerate() {
            assert_eq!(patch.number, i as u32 + 1);
            assert_eq!(find(patch.name), Some(patch));
        }
    }
}
