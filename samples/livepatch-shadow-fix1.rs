// SPDX-License-Identifier: GPL-2.0

//! Shadow variable sample: remembers what `livepatch_shadow_mod` leaks, and frees it.
//!
//! C version of this sample:
//! [`samples/livepatch/livepatch-shadow-fix1.c`](srctree/samples/livepatch/livepatch-shadow-fix1.c)

mod dummy;

use dummy::{free_leak, Dummy, Leak, LEAK};
use kernel::{bindings, prelude::*, time::msecs_to_jiffies};

klp::livepatch! {
    name: "livepatch_shadow_fix1",
    authors: ["klp-rs"],
    description: "Live patching demo for shadow variables",
    license: "GPL",
    objects: [
        "livepatch_shadow_mod" => [
            // SAFETY: The prototype is the original's: the caller owns the dummy, which is
            // `kmalloc()`ed, or gets NULL.
            unsafe dummy_alloc() -> Option<KBox<Dummy>> => livepatch_fix1_dummy_alloc,
            // SAFETY: The prototype is the original's: the caller gives the dummy up.
            unsafe dummy_free(dummy: KBox<Dummy>) => livepatch_fix1_dummy_free,
        ],
    ],
    states: [Leak],
}

const EXPIRE_PERIOD_MS: u32 = 12_000;

fn livepatch_fix1_dummy_alloc() -> Option<KBox<Dummy>> {
    // SAFETY: The kernel only ever writes whole values.
    let now = unsafe { (&raw const bindings::jiffies).read_volatile() };
    let dummy = KBox::new(
        Dummy {
            list: bindings::list_head::default(),
            jiffies_expire: now.wrapping_add(msecs_to_jiffies(EXPIRE_PERIOD_MS)),
        },
        GFP_KERNEL,
    )
    .ok()?;
    LEAK.get_or_init(&dummy, GFP_KERNEL, || Ok(KBox::new(0, GFP_KERNEL)?))
        .ok()?;
    pr_info!(
        "livepatch_fix1_dummy_alloc: dummy @ {:p}, expires @ {:x}\n",
        &*dummy,
        dummy.jiffies_expire
    );
    Some(dummy)
}

fn livepatch_fix1_dummy_free(mut dummy: KBox<Dummy>) {
    free_leak("livepatch_fix1_dummy_free", &mut dummy);
}
