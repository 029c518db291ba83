// SPDX-License-Identifier: GPL-2.0

//! What [`livepatch!`](crate::livepatch!) refuses to compile, and what it says then.

use crate::sys;

/// The name that stands for the kernel itself.
pub const VMLINUX: &str = "vmlinux";

/// A message put together at compile time; `panic!` takes a single string there.
struct Message {
    bytes: [u8; 1024],
    len: usize,
}

impl Message {
    const fn new(parts: &[&str]) -> Self {
        let mut message = Self {
            bytes: [0; 1024],
            len: 0,
        };
        let mut i = 0;
        while i < parts.len() {
            let part = parts[i].as_bytes();
            let mut j = 0;
            while j < part.len() && message.len < message.bytes.len() {
                message.bytes[message.len] = part[j];
                message.len += 1;
                j += 1;
            }
            i += 1;
        }
        message
    }

    const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(str) => str,
            Err(_) => "livepatch!: a name is too long or not UTF-8",
        }
    }
}

#[track_caller]
const fn refuse(parts: &[&str]) -> ! {
    panic!("{}", Message::new(parts).as_str())
}

const fn equal(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}

const fn contains(string: &str, byte: u8) -> bool {
    let bytes = string.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i] == byte {
            return true;
        }
        i += 1;
    }
    false
}

/// Refuses an object's name that no module can have.
pub const fn module_name(name: &str) {
    if name.is_empty() {
        refuse(&["livepatch!: an object has an empty name; name a module, or write vmlinux without quotes"]);
    }
    if equal(name, VMLINUX) {
        refuse(&["livepatch!: `\"vmlinux\"` would be a module; write vmlinux without quotes"]);
    }
    if name.len() >= sys::KLP_MODULE_NAME_LEN {
        refuse(&[
            "livepatch!: the module name `",
            name,
            "` is too long; it must be shorter than MODULE_NAME_LEN",
        ]);
    }
    if contains(name, b'-') {
        refuse(&[
            "livepatch!: no module is named `",
            name,
            "`; modules have '_' where their files have '-'",
        ]);
    }
    if contains(name, 0) {
        refuse(&["livepatch!: the module name `", name, "` has a NUL in it"]);
    }
}

/// Refuses an object's functions if one has an impossible name or is listed twice.
pub const fn functions(object: &str, functions: &[Listed]) {
    let mut i = 0;
    while i < functions.len() {
        function_name(functions[i].name);
        i += 1;
    }
    distinct_functions(object, functions);
}

/// Refuses a function's name that no symbol can have.
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
    if contains(name, 0) {
        refuse(&["livepatch!: the function name `", name, "` has a NUL in it"]);
    }
}

/// How long a table is that lists `names` and ends.
pub const fn table_len(names: &[&str]) -> usize {
    names.len() + 1
}

/// A function as `livepatch!` lists it.
pub struct Listed {
    /// Its name.
    pub name: &'static str,
    /// Its symbol position, 0 if none is given.
    pub sympos: u64,
    /// Its replacement's name.
    pub replacement: &'static str,
}

/// Refuses two entries for one function of an object.
const fn distinct_functions(object: &str, functions: &[Listed]) {
    let mut i = 0;
    while i < functions.len() {
        let a = &functions[i];
        let mut j = 0;
        while j < i {
            let b = &functions[j];
            if equal(a.name, b.name) && (a.sympos == b.sympos || a.sympos == 0 || b.sympos == 0) {
                refuse(&[
                    "livepatch!: the function `",
                    a.name,
                    "` is listed twice in `",
                    object,
                    "`; functions that share a name need a `#[sympos(N)]` each, with different N",
                ]);
            }
            j += 1;
        }
        i += 1;
    }
}

/// Refuses two entries for one object.
pub const fn distinct_objects(names: &[&str]) {
    let mut i = 0;
    while i < names.len() {
        let mut j = 0;
        while j < i {
            if equal(names[i], names[j]) {
                refuse(&[
                    "livepatch!: the object `",
                    names[i],
                    "` is listed twice; put its functions into one list",
                ]);
            }
            j += 1;
        }
        i += 1;
    }
}

/// Refuses one replacement for two functions: each trampoline is named after its own.
pub const fn distinct_replacements(objects: &[&[Listed]]) {
    let mut i = 0;
    while i < objects.len() {
        let mut j = 0;
        while j < objects[i].len() {
            let name = objects[i][j].replacement;
            if replaces(name, objects[i], j) || replaces_any(name, objects, i) {
                refuse(&[
                    "livepatch!: `",
                    name,
                    "` replaces two functions; give each a replacement of its own",
                ]);
            }
            j += 1;
        }
        i += 1;
    }
}

/// Whether one of the first `len` objects has a function that `replacement` replaces.
const fn replaces_any(replacement: &str, objects: &[&[Listed]], len: usize) -> bool {
    let mut i = 0;
    while i < len {
        if replaces(replacement, objects[i], objects[i].len()) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether `replacement` replaces one of the first `len` functions.
const fn replaces(replacement: &str, functions: &[Listed], len: usize) -> bool {
    let mut i = 0;
    while i < len {
        if equal(functions[i].replacement, replacement) {
            return true;
        }
        i += 1;
    }
    false
}

/// A type of an argument or of a result, as far as the registers are concerned.
pub struct Passed {
    size: usize,
    is_float: bool,
}

impl Passed {
    /// How a value of the size and kind is passed.
    pub const fn new(size: usize, is_float: bool) -> Self {
        Self { size, is_float }
    }
}

/// The registers that carry arguments.
const ARGUMENT_REGISTERS: usize = 6;
const REGISTER: usize = size_of::<usize>();

/// Refuses what does not pass through the trampoline: it leaves the integer registers as they are, but arguments on
/// the stack are not where a second call finds them.
pub const fn registers(function: &str, arguments: &[Passed], result: &Passed) {
    let mut used = 0;
    let mut i = 0;
    while i < arguments.len() {
        if arguments[i].is_float {
            refuse(&[
                "livepatch!: `",
                function,
                "` takes a floating-point argument, which a replacement cannot",
            ]);
        }
        if arguments[i].size > 2 * REGISTER {
            refuse(&[
                "livepatch!: `",
                function,
                "` takes an argument larger than 16 bytes, which is passed on the stack; a replacement cannot take it",
            ]);
        }
        used += arguments[i].size.div_ceil(REGISTER);
        i += 1;
    }
    if used > ARGUMENT_REGISTERS {
        refuse(&[
            "livepatch!: `",
            function,
            "` takes more than six integer arguments, which a replacement cannot",
        ]);
    }
    if result.is_float {
        refuse(&[
            "livepatch!: `",
            function,
            "` returns a floating-point value, which a replacement cannot",
        ]);
    }
    if result.size > 2 * REGISTER {
        refuse(&[
            "livepatch!: `",
            function,
            "` returns a struct in memory, which a replacement cannot",
        ]);
    }
}

/// Tells floating-point types from others: the constant of the type itself takes precedence over the trait's.
pub struct Kind<T>(core::marker::PhantomData<T>);

impl Kind<f32> {
    /// It is one.
    pub const IS_FLOAT: bool = true;
}

impl Kind<f64> {
    /// It is one.
    pub const IS_FLOAT: bool = true;
}

/// The constant of all other types.
pub trait NoFloat {
    /// It is none.
    const IS_FLOAT: bool = false;
}

impl<T> NoFloat for Kind<T> {}
