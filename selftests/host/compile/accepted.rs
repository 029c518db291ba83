// SPDX-License-Identifier: GPL-2.0

use core::ptr::NonNull;
use kernel::{ffi::*, prelude::*, seq_file::SeqFile};

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

impl klp::State for First {
    const ID: usize = 1;
    const VERSION: u32 = 0;
    type Data = ();

    fn setup() -> Result {
        Result::Ok(())
    }
}

struct Second<const ID: usize>;

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

fn first() {}

fn second() {}

fn third() {}

fn alloc() -> Option<KBox<Kind>> {
    None
}

fn drop_thing(_thing: KBox<Kind>) {}
