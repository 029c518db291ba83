// SPDX-License-Identifier: GPL-2.0

//! What [`livepatch!`](crate::livepatch!) refuses to compile, and what it says then.

mod states;
mod twice;

pub use states::{states, State};
pub use twice::{listed_once, slots, twice, Twice};

use crate::{
    sys,
    text::{equal, refuse},
};
use core::ffi::CStr;

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

/// Where the module `name` is in the table of objects, given those that `livepatch!` lists, and whether
/// [`vmlinux` comes first](crate::Object::vmlinux_first) there. Panics, which at compile time is an error, if it is none of
/// them.
pub const fn place(name: &str, objects: &[Object], vmlinux_first: bool) -> usize {
    let mut place = vmlinux_first as usize;
    let mut i = 0;
    while !equal(objects[i].name, name) {
        if objects[i].is_module || !vmlinux_first {
            place += 1;
        }
        i += 1;
    }
    place
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
