// SPDX-License-Identifier: GPL-2.0

use core::ptr::NonNull;
use kernel::{bindings, ffi::*, prelude::*, seq_file::SeqFile};

klp::symbols! {
    vmlinux => {
        /// In the header.
        static saved_command_line: *mut c_char;
        /// One of two in different functions.
        #[link_name = "count.12"]
        #[sympos(2)]
        pub(crate) static COUNT: [c_int; 3];
        fn vfs_fchown_of_no_header(file: &Kind, uid: c_uint, gid: Option<NonNull<c_void>>) -> c_int;
        // As the header has it.
        pub(crate) fn msleep(msecs: c_uint);
    },
    "a_module" => {
        #[link_name = "thing.part.0"]
        fn thing_part(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8) -> *mut Kind;
        fn nothing();
        static thing_list: bindings::list_head;
    },
}

/// Symbols of the same names, in a scope of their own.
mod inner {
    klp::symbols! {
        vmlinux => {
            static saved_command_line: *mut kernel::ffi::c_char;
        },
        "a_module" => {
            pub(crate) fn nothing();
        },
    }

    pub(crate) fn is_there() -> bool {
        !saved_command_line.as_ptr().is_null()
    }
}

const MAX: usize = 2;

klp::parameters! {
    level: i32 { default: -1, mode: 0o400, description: "A number" },
    quiet: bool { default: true, mode: 0, description: "Whether to be quiet" },
    levels: [u32; MAX] { mode: 0o640, description: "Two numbers" },
}

klp::livepatch! {
    type: Resource,
    name: "accepted",
    license: "GPL",
    version: "1.2-3~rc1",
    fixes: ["CVE-2026-1234", "kernel.org#218712"],
    expires: "2028-02-29",
    objects: [
        vmlinux => [
            // SAFETY: Never loaded. The header has this very prototype.
            unsafe kfree(objp: *const c_void) => free,
            // SAFETY: As above, but for a reference and a `NonNull` in the place of pointers.
            unsafe seq_write(seq: &SeqFile, data: NonNull<c_void>, len: usize) -> c_int => write,
            // SAFETY: Never loaded. Not a Rust identifier.
            unsafe "a_function.part.0"(a: *const c_int, c: bool, d: c_char, body: &Kind) -> &Kind => many,
            #[sympos(1)]
            // SAFETY: Never loaded.
            unsafe several() => first,
            #[sympos(2)]
            // SAFETY: Never loaded.
            unsafe several() => second,
        ],
        "a_module" with Hooks => [
            // SAFETY: Never loaded. What C allocates and frees, Rust owns.
            unsafe thing_alloc() -> Option<KBox<Kind>> => alloc,
            // SAFETY: As above.
            unsafe thing_free(thing: KBox<Kind>) => drop_thing,
        ],
        "another_module" => [
            // SAFETY: Never loaded. Another object's function of the same name.
            unsafe several() => third,
            // SAFETY: Never loaded. In C, of types that need not be known here.
            unsafe "many"(a: i64, b: i64, c: i64, d: i64, e: i64, f: i64, g: *mut bindings::nothing) => extern "C" in_c,
            // SAFETY: Never loaded. The header has this very prototype.
            unsafe msleep(msecs: c_uint) => extern "C" in_c_too,
            // SAFETY: Never loaded. Its arguments are what the compiler made of them.
            unsafe "few.isra.0"(..) => extern "C" in_c_as_well,
        ],
    ],
    states: [First, Second<2>],
    replace: true,
}

struct Resource;

impl kernel::Module for Resource {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let many = parameters::levels.values().len() > 1;
        if parameters::level.get() < 0 && parameters::quiet.get() && many {
            return Err(EINVAL);
        }
        Result::Ok(Self)
    }
}

struct Hooks;

#[vtable]
impl klp::Callbacks for Hooks {
    fn post_patch(_object: &klp::ObjectView<'_>) {}
}

struct First;

#[vtable]
impl klp::State for First {
    const ID: usize = 1;
    const VERSION: u32 = 0;
    type Data = ();

    fn setup() -> Result {
        Result::Ok(())
    }
}

struct Second<const ID: usize>;

#[vtable]
impl<const ID: usize> klp::State for Second<ID> {
    const ID: usize = ID;
    const VERSION: u32 = u32::MAX;
    type Data = [*mut c_int; 2];

    fn setup() -> Result<[*mut c_int; 2]> {
        Err(ENOMEM)
    }
}

fn free(_objp: *const c_void) {}

fn write(_seq: &SeqFile, _data: NonNull<c_void>, _len: usize) -> c_int {
    0
}

/// Not the crate's own.
#[repr(C)]
struct Kind(c_int);

fn many(_a: *const c_int, _c: bool, _d: c_char, body: &Kind) -> &Kind {
    body
}

#[allow(dead_code, non_snake_case)]
fn Some() {}

#[allow(dead_code, non_snake_case)]
fn Ok() {}

fn first() {
    let lines = saved_command_line.as_ptr();
    let counts: *mut [c_int; 3] = COUNT.as_ptr();
    // SAFETY: Never loaded.
    let called: (c_int, Option<*mut Kind>, Option<()>, Option<()>) = unsafe {
        msleep(1);
        (
            vfs_fchown_of_no_header(&Kind((*counts)[0]), 1, None),
            thing_part(1, 2, 3, 4, 5, 6, 7),
            nothing(),
            inner::nothing(),
        )
    };
    if inner::is_there() && !lines.is_null() && called.1.is_some() {
        pr_info!("{:?} {}\n", thing_list.get().map(NonNull::as_ptr), called.0);
    }
}

fn second() {}

fn third() {}

fn alloc() -> Option<KBox<Kind>> {
    None
}

fn drop_thing(_thing: KBox<Kind>) {}
