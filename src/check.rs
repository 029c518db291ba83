// SPDX-License-Identifier: GPL-2.0

//! What [`livepatch!`](crate::livepatch!) refuses to compile, and what it says then.

use crate::{data::MAX_SIZE, describe::MOST_SHADOWS, sys, text::Text};
use core::ffi::CStr;

/// Refuses to compile; `panic!` takes a single string at compile time.
#[track_caller]
pub(crate) const fn refuse(parts: &[&str]) -> ! {
    let mut message = Text::<1024>::new();
    let mut i = 0;
    while i < parts.len() {
        message = message.with(parts[i]);
        i += 1;
    }
    panic!("{}", message.as_str())
}

pub(crate) const fn equal(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len()
}

/// The string, which ends in a NUL, as C's. A NUL inside of it, which `objects` refuses, cuts it
/// short.
pub const fn cstr(string: &str) -> &CStr {
    match CStr::from_bytes_until_nul(string.as_bytes()) {
        Ok(string) => string,
        Err(_) => panic!("the string does not end in a NUL"),
    }
}

/// Refuses a replacement that is neither in Rust nor in C.
#[track_caller]
pub const fn abi(replacement: &str, abi: &str) {
    if !equal(abi, "C") {
        refuse(&[
            "livepatch!: the replacement `",
            replacement,
            "` is declared extern \"",
            abi,
            "\"; the kernel calls what is extern \"C\"",
        ]);
    }
}

/// Refuses `(..)` for what has a prototype that can be written.
#[track_caller]
pub const fn is_of_the_compiler(name: &str) {
    let mut i = 0;
    while i < name.len() {
        if name.as_bytes()[i] == b'.' {
            return;
        }
        i += 1;
    }
    refuse(&[
        "livepatch!: `(..)` is for what the compiler made and named, such as `f.isra.0`; declare the arguments of `",
        name,
        "`",
    ]);
}

/// How long a table is that lists `names` and ends.
pub const fn table_len(names: &[&str]) -> usize {
    names.len() + 1
}

/// An object as `livepatch!` lists it.
pub struct Object {
    /// Its name, or `vmlinux`.
    pub name: &'static str,
    /// Whether it is a module.
    pub is_module: bool,
    /// Its functions.
    pub functions: &'static [Function],
}

/// A function as `livepatch!` lists it.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Its symbol position, 0 if none is given.
    pub sympos: usize,
    /// Its replacement's name, which no other has.
    pub replacement: &'static str,
}

/// A function that is listed twice.
#[derive(Clone, Copy)]
pub struct Twice {
    /// Its name.
    pub name: &'static str,
    /// The name of its object.
    pub object: &'static str,
    /// Its second replacement's.
    pub replacement: &'static str,
}

/// A state as `livepatch!` lists it.
pub struct State {
    /// Its type.
    pub name: &'static str,
    /// Its id.
    pub id: usize,
    /// Its version.
    pub version: u32,
    /// The first version that had the layout of its data.
    pub layout_since: u32,
    /// How large its data are.
    pub size: usize,
    /// How many shadow variables belong to it.
    pub shadows: usize,
}

/// Refuses a licence that the kernel does not load livepatches with, as license_is_gpl_compatible()
/// has them.
#[track_caller]
pub const fn license(license: &str) {
    const COMPATIBLE: [&str; 6] = [
        "GPL",
        "GPL v2",
        "GPL and additional rights",
        "Dual BSD/GPL",
        "Dual MIT/GPL",
        "Dual MPL/GPL",
    ];
    let mut i = 0;
    while i < COMPATIBLE.len() {
        if equal(license, COMPATIBLE[i]) {
            return;
        }
        i += 1;
    }
    refuse(&[
        "livepatch!: with the license `",
        license,
        "` the kernel would not load the patch; it is \"GPL\", \"GPL v2\", \"GPL and additional rights\", \
         \"Dual BSD/GPL\", \"Dual MIT/GPL\" or \"Dual MPL/GPL\"",
    ]);
}

/// Refuses a name for the livepatch that is not its file's, since the kernel goes by that.
/// `modfile` is the path of the file without `.ko`; only the kernel's build system knows it.
#[track_caller]
pub const fn own_name(name: &str, modfile: Option<&str>) {
    let Some(modfile) = modfile else { return };
    let (name, path) = (name.as_bytes(), modfile.as_bytes());
    let mut i = 0;
    while i < name.len()
        && i < path.len()
        && same_in_module(name[name.len() - 1 - i], path[path.len() - 1 - i])
    {
        i += 1;
    }
    if i < name.len() || (i < path.len() && path[path.len() - 1 - i] != b'/') {
        refuse(&[
            "livepatch!: the name is not that of the module's file, `",
            modfile,
            ".ko`; change the one or the other",
        ]);
    }
}

const fn same_in_module(a: u8, b: u8) -> bool {
    a == b || (matches!(a, b'-' | b'_') && matches!(b, b'-' | b'_'))
}

/// Refuses a function's name that the kernel cannot have, and a replacement's that a trampoline
/// cannot.
#[track_caller]
pub const fn function(name: &str, replacement: &str) {
    symbol_name("livepatch!", "function", name);
    let raw = replacement.len() > 2 && replacement.as_bytes()[1] == b'#';
    if raw {
        refuse(&[
            "livepatch!: the replacement `",
            replacement,
            "` needs a name without r#, which its trampoline bears",
        ]);
    }
}

/// Refuses objects' names that the kernel cannot have, and objects that are listed twice.
#[track_caller]
pub const fn objects(objects: &[Object]) {
    let mut i = 0;
    while i < objects.len() {
        let object = &objects[i];
        if object.is_module {
            module_name("livepatch!", object.name);
        }
        if find_object(objects, i, object.name) {
            refuse(&[
                "livepatch!: the object `",
                object.name,
                "` is listed twice; put its functions into one list",
            ]);
        }
        i += 1;
    }
}

/// The first function that an object has twice.
pub const fn twice<const SLOTS: usize>(objects: &[Object]) -> Option<Twice> {
    let mut functions = Names::<SLOTS>::new();
    let mut i = 0;
    while i < objects.len() {
        let found = functions.twice(&objects[i]);
        if found.is_some() {
            return found;
        }
        i += 1;
    }
    None
}

/// How many places the table of functions has.
pub const fn slots(objects: &[Object]) -> usize {
    let mut most = 0;
    let mut i = 0;
    while i < objects.len() {
        if objects[i].functions.len() > most {
            most = objects[i].functions.len();
        }
        i += 1;
    }
    (2 * most).next_power_of_two()
}

/// The functions of an object, each at the first free place from its name's hash on: comparing each
/// with each would take the compiler long.
struct Names<const SLOTS: usize> {
    /// The object's number, and the function's.
    places: [(usize, usize); SLOTS],
    object: usize,
}

impl<const SLOTS: usize> Names<SLOTS> {
    const fn new() -> Self {
        Self {
            places: [(0, 0); SLOTS],
            object: 0,
        }
    }

    /// The first function that the next object has twice.
    const fn twice(&mut self, object: &Object) -> Option<Twice> {
        self.object += 1;
        let mut i = 0;
        while i < object.functions.len() {
            let mut place = hash(object.functions[i].name) % SLOTS;
            while self.places[place].0 == self.object {
                let (first, second) = (self.places[place].1, i);
                if is_same(&object.functions[first], &object.functions[second]) {
                    return Some(Twice {
                        name: object.functions[second].name,
                        object: object.name,
                        replacement: object.functions[second].replacement,
                    });
                }
                place = (place + 1) % SLOTS;
            }
            self.places[place] = (self.object, i);
            i += 1;
        }
        None
    }
}

/// FNV-1a.
const fn hash(name: &str) -> usize {
    let mut hash: usize = 0xcbf2_9ce4_8422_2325;
    let mut i = 0;
    while i < name.len() {
        hash = (hash ^ name.as_bytes()[i] as usize).wrapping_mul(0x100_0000_01b3);
        i += 1;
    }
    hash ^ (hash >> 32)
}

/// Refuses an object's name that no module can have.
#[track_caller]
const fn module_name(by: &str, name: &str) {
    if name.is_empty() {
        refuse(&[
            by,
            ": an object has an empty name; name a module, or write vmlinux without quotes",
        ]);
    }
    if equal(name, "vmlinux") {
        refuse(&[
            by,
            ": `\"vmlinux\"` would be a module; write vmlinux without quotes",
        ]);
    }
    if name.len() >= sys::KLP_MODULE_NAME_LEN {
        refuse(&[
            by,
            ": the module name `",
            name,
            "` is too long; it must be shorter than MODULE_NAME_LEN",
        ]);
    }
    let bytes = name.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if !bytes[i].is_ascii_alphanumeric() && bytes[i] != b'_' {
            refuse(&[
                by,
                ": no module is named `",
                name,
                "`; modules have '_' where their files have '-', and no '.ko'",
            ]);
        }
        i += 1;
    }
}

/// Refuses a name that no symbol, which is of that kind, can have.
#[track_caller]
const fn symbol_name(by: &str, kind: &str, name: &str) {
    if name.is_empty() {
        refuse(&[by, ": a ", kind, " has an empty name"]);
    }
    if name.len() >= sys::KLP_KSYM_NAME_LEN {
        refuse(&[
            by,
            ": the ",
            kind,
            " name `",
            name,
            "` is too long; it must be shorter than KSYM_NAME_LEN",
        ]);
    }
    let bytes = name.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i] == b'#' {
            refuse(&[by, ": write `", name, "` as a string, without the r#"]);
        }
        if !bytes[i].is_ascii_graphic() || matches!(bytes[i], b',' | b':') {
            refuse(&[by, ": no ", kind, " is named `", name, "`"]);
        }
        i += 1;
    }
}

/// Refuses a symbol's name that the kernel cannot have. The position, which a type checks, is only
/// given.
#[track_caller]
pub const fn symbol(name: &str, _sympos: usize) {
    symbol_name("symbols!", "symbol", name);
}

/// Refuses symbols of a module that is none of the patch's objects: the kernel would not resolve them.
#[track_caller]
pub const fn symbols_module(name: &str, objects: &[Object]) {
    module_name("symbols!", name);
    if !find_object(objects, objects.len(), name) {
        refuse(&[
            "symbols!: `",
            name,
            "` is no object of the patch, so the kernel would not look for its symbols; add `\"",
            name,
            "\" => []` to the objects of livepatch!",
        ]);
    }
}

/// Refuses a function that is listed twice, by its replacement.
#[track_caller]
pub const fn listed_once(twice: &Option<Twice>, replacement: &str) {
    let Some(twice) = twice else { return };
    if equal(twice.replacement, replacement) {
        refuse(&[
            "livepatch!: the function `",
            twice.name,
            "` is listed twice in `",
            twice.object,
            "`; functions that share a name need a `#[sympos(N)]` each, with different N",
        ]);
    }
}

const fn is_same(a: &Function, b: &Function) -> bool {
    equal(a.name, b.name) && (a.sympos == b.sympos || a.sympos == 0 || b.sympos == 0)
}

/// Whether one of the first `len` objects has the name.
const fn find_object(objects: &[Object], len: usize, name: &str) -> bool {
    let mut i = 0;
    while i < len {
        if equal(objects[i].name, name) {
            return true;
        }
        i += 1;
    }
    false
}

/// Refuses states that the kernel cannot tell apart.
#[track_caller]
pub const fn states(states: &[State]) {
    let mut i = 0;
    while i < states.len() {
        state(&states[i]);
        let mut j = 0;
        while j < i {
            distinct_states(&states[j], &states[i]);
            j += 1;
        }
        i += 1;
    }
}

#[track_caller]
const fn state(state: &State) {
    if state.id == 0 {
        refuse(&[
            "livepatch!: the state `",
            state.name,
            "` has the id 0, which ends the kernel's table; take another",
        ]);
    }
    if state.layout_since > state.version {
        refuse(&[
            "livepatch!: the state `",
            state.name,
            "` has a LAYOUT_SINCE that is higher than its VERSION; it is the first version with this layout",
        ]);
    }
    if state.size > MAX_SIZE {
        refuse(&[
            "livepatch!: the data of the state `",
            state.name,
            "` are larger than 1024 bytes, which the kernel's stack is too small for",
        ]);
    }
    if state.shadows > MOST_SHADOWS {
        refuse(&[
            "livepatch!: the state `",
            state.name,
            "` has more than 30 shadow variables",
        ]);
    }
}

#[track_caller]
const fn distinct_states(a: &State, b: &State) {
    if a.id == b.id {
        if equal(a.name, b.name) {
            refuse(&["livepatch!: the state `", a.name, "` is listed twice"]);
        }
        refuse(&[
            "livepatch!: the states `",
            a.name,
            "` and `",
            b.name,
            "` have the same id, or are the same type; each state of a patch needs an id of its own",
        ]);
    }
}
