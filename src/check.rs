// SPDX-License-Identifier: GPL-2.0

//! What [`livepatch!`](crate::livepatch!) refuses to compile, and what it says then.

mod counted;
mod here;
pub mod place;
mod states;
mod twice;

pub use counted::{count, places, Counted};
pub use states::{fault, With as StateWith};
pub use twice::{listed_once, slots, twice, Twice};

use crate::{
    sys,
    text::{equal, hash, refuse},
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

/// How long the table of objects is, its end included; one for `vmlinux` is added if that has to be first and is not listed.
pub const fn objects_len(objects: &[Object], vmlinux_first: bool) -> usize {
    let mut has_vmlinux = false;
    let mut i = 0;
    while i < objects.len() {
        has_vmlinux |= !objects[i].is_module;
        i += 1;
    }
    objects.len() + 1 + (vmlinux_first && !has_vmlinux) as usize
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
    function_name(name);
    let raw = replacement.len() > 2 && replacement.as_bytes()[1] == b'#';
    if raw {
        refuse(&[
            "livepatch!: the replacement `",
            replacement,
            "` needs a name without r#, which its trampoline bears",
        ]);
    }
}

/// Whether a module can have that name.
pub const fn is_module(name: &str) -> bool {
    let (bytes, len) = (name.as_bytes(), name.len());
    let mut i = 0;
    while i < len {
        if !matches!(bytes[i], b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_') {
            return false;
        }
        i += 1;
    }
    !name.is_empty() && name.len() < sys::KLP_MODULE_NAME_LEN && !equal(name, "vmlinux")
}

/// Whether a symbol can have that name. The position, which a type checks, is only given.
pub const fn is_symbol(name: &str, _sympos: usize) -> bool {
    let (bytes, len) = (name.as_bytes(), name.len());
    let mut i = 0;
    while i < len {
        if !matches!(bytes[i], b'!'..=b'~') || matches!(bytes[i], b',' | b':' | b'#') {
            return false;
        }
        i += 1;
    }
    !name.is_empty() && name.len() < sys::KLP_KSYM_NAME_LEN
}

/// Refuses a function's name that no symbol can have.
#[track_caller]
const fn function_name(name: &str) {
    if name.is_empty() {
        refuse(&["livepatch!: a function has an empty name"]);
    }
    if name.len() >= sys::KLP_KSYM_NAME_LEN {
        refuse(&[
            "livepatch!: the function name `",
            name,
            "` is too long; it must be shorter than KSYM_NAME_LEN",
        ]);
    }
    let raw = name.len() > 2 && name.as_bytes()[1] == b'#';
    if raw {
        refuse(&["livepatch!: write `", name, "` as a string, without the r#"]);
    }
    if !is_symbol(name, 0) {
        refuse(&["livepatch!: no function is named `", name, "`"]);
    }
}

/// The hashes of the objects' names.
pub const fn hashes<const LEN: usize>(objects: &[Object]) -> [usize; LEN] {
    let mut hashes = [0; LEN];
    let mut i = 0;
    while i < LEN {
        hashes[i] = hash(objects[i].name);
        i += 1;
    }
    hashes
}

/// Whether one of the objects, the hashes of whose names are counted, and no other, has the name.
pub const fn is_listed_once(name: &str, hashes: &[Counted], objects: &[Object]) -> bool {
    counted::times(hash(name), hashes) == 1 || times(name, objects) == 1
}

/// Whether one of the objects has the name.
pub const fn is_listed(name: &str, objects: &[Object]) -> bool {
    times(name, objects) > 0
}

const fn times(name: &str, objects: &[Object]) -> usize {
    let mut times = 0;
    let mut i = 0;
    while i < objects.len() {
        times += equal(objects[i].name, name) as usize;
        i += 1;
    }
    times
}

/// Where the module `name` is in the table of objects, given those that `livepatch!` lists, and whether
/// [`vmlinux` comes first](crate::Object::table) there; one that is none of them is refused where it is named.
pub const fn place(name: &str, objects: &[Object], vmlinux_first: bool) -> usize {
    let mut place = vmlinux_first as usize;
    let mut i = 0;
    while i < objects.len() && !equal(objects[i].name, name) {
        if objects[i].is_module || !vmlinux_first {
            place += 1;
        }
        i += 1;
    }
    place
}
