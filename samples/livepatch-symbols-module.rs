// SPDX-License-Identifier: GPL-2.0

//! Unexported symbols sample: a replacement asks a function of the module that it is for.
//!
//! The module is the kernel's
//! [`samples/livepatch/livepatch-shadow-mod.c`](srctree/samples/livepatch/livepatch-shadow-mod.c),
//! which may come and go while the patch is in force.

use kernel::{bindings, ffi::c_ulong, prelude::*};

/// `struct dummy`
#[repr(C)]
struct Dummy {
    list: bindings::list_head,
    jiffies_expire: c_ulong,
}

klp::symbols! {
    "livepatch_shadow_mod" => {
        fn dummy_check(dummy: &Dummy, jiffies: c_ulong) -> bool;
    },
}

klp::livepatch! {
    name: "livepatch_symbols_module",
    authors: ["klp-rs"],
    description: "Live patching demo for unexported symbols of a module",
    license: "GPL",
    objects: [
        "livepatch_shadow_mod" => [
            // SAFETY: The prototype is the original's: the caller gives the `kmalloc()`ed dummy up.
            unsafe dummy_free(dummy: KBox<Dummy>) => say_and_free,
        ],
    ],
}

fn say_and_free(dummy: KBox<Dummy>) {
    // SAFETY: The kernel only ever writes whole values.
    let now = unsafe { (&raw const bindings::jiffies).read_volatile() };
    // SAFETY: The prototype is the original's, which reads the dummy and nothing else. In a
    // replacement of its own function the module is there.
    match unsafe { dummy_check(&dummy, now) } {
        Some(true) => pr_info!("a dummy has expired\n"),
        _ => pr_info!("a dummy goes although it has not expired\n"),
    }
}
