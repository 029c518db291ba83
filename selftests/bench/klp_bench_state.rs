// SPDX-License-Identifier: GPL-2.0

//! A state whose callbacks the bench counts.

use kernel::{
    ffi::c_long,
    prelude::*,
    sync::atomic::{Atomic, Relaxed},
};

extern "C" {
    fn klp_bench_begin();
    fn klp_bench_end();
}

klp::livepatch! {
    name: "klp_bench_state",
    description: "A state whose callbacks the bench counts",
    license: "GPL",
    objects: [
        vmlinux => [],
        "klp_bench" with Get => [],
    ],
    states: [Value],
}

static VALUE: Atomic<c_long> = Atomic::new(1);

struct Value;

#[vtable]
impl klp::State for Value {
    const ID: usize = 77;
    const VERSION: u32 = 1;
    type Data = c_long;

    fn setup() -> Result<c_long> {
        Ok(0)
    }

    fn enable(saved: &mut c_long) {
        *saved = VALUE.load(Relaxed);
        VALUE.store(2, Relaxed);
    }

    fn disable(saved: &mut c_long) {
        VALUE.store(*saved, Relaxed);
    }
}

struct Get;

#[vtable]
impl klp::Callbacks for Get {
    fn post_patch(object: &klp::ObjectView<'_>) {
        // SAFETY: It reads the clock.
        unsafe { klp_bench_begin() };
        if let Some(saved) = klp::get_state::<Value>(object) {
            VALUE.store(saved.get(), Relaxed);
        }
        // SAFETY: As above.
        unsafe { klp_bench_end() };
    }
}
