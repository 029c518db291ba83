// SPDX-License-Identifier: GPL-2.0

//! Shadow variable sample: counts how often each dummy of `livepatch_shadow_mod` is checked.
//!
//! C version of this sample:
//! [`samples/livepatch/livepatch-shadow-fix2.c`](srctree/samples/livepatch/livepatch-shadow-fix2.c)

mod dummy;

use dummy::{free_leak, Dummy, Leak};
use kernel::{
    alloc::flags::GFP_NOWAIT,
    ffi::{c_int, c_long, c_ulong},
    prelude::*,
    sync::atomic::{Atomic, Relaxed},
};

klp::livepatch! {
    name: "livepatch_shadow_fix2",
    authors: ["klp-rs"],
    description: "Live patching demo for shadow variables",
    license: "GPL",
    objects: [
        "livepatch_shadow_mod" => [
            // SAFETY: The prototype is the original's; the caller holds the mutex of the list that
            // the dummy is in.
            unsafe dummy_check(dummy: &Dummy, jiffies: c_ulong) -> bool => livepatch_fix2_dummy_check,
            // SAFETY: The prototype is the original's: the caller gives the dummy up, which is
            // `kmalloc()`ed.
            unsafe dummy_free(dummy: KBox<Dummy>) => livepatch_fix2_dummy_free,
        ],
    ],
    states: [Leak, Counter],
}

// SAFETY: No other patch uses 2 for dummies.
const COUNTER: klp::Shadow<Dummy, Atomic<c_int>> = unsafe { klp::Shadow::new(2) };

/// Dummies have a [`COUNTER`].
struct Counter;

#[vtable]
impl klp::State for Counter {
    const ID: usize = 3;
    const VERSION: u32 = 1;
    const SHADOWS: &'static [usize] = &[COUNTER.id()];
    type Data = ();

    fn setup() -> Result {
        Ok(())
    }

    fn release(_data: (), unpatched: &klp::Unpatched) {
        COUNTER.free_all(unpatched);
    }
}

fn livepatch_fix2_dummy_check(dummy: &Dummy, jiffies: c_ulong) -> bool {
    // Dummies that are older than this patch get their counter now.
    if let Ok(counter) = COUNTER.get_or_init(dummy, GFP_NOWAIT, || Ok(Atomic::new(0))) {
        counter.fetch_add(1, Relaxed);
    }
    // time_after()
    (dummy.jiffies_expire.wrapping_sub(jiffies) as c_long) < 0
}

fn livepatch_fix2_dummy_free(mut dummy: KBox<Dummy>) {
    free_leak("livepatch_fix2_dummy_free", &mut dummy);
    if let Some(counter) = COUNTER.free(&mut dummy) {
        pr_info!(
            "livepatch_fix2_dummy_free: dummy @ {:p}, check counter = {}\n",
            &*dummy,
            counter.load(Relaxed)
        );
    }
}
