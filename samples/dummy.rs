// SPDX-License-Identifier: GPL-2.0

//! What the two shadow variable samples know of `livepatch_shadow_mod`, and the leak that both fix.

use kernel::{
    bindings,
    ffi::{c_int, c_ulong},
    prelude::*,
};

/// `struct dummy`
#[repr(C)]
pub(crate) struct Dummy {
    pub(crate) list: bindings::list_head,
    pub(crate) jiffies_expire: c_ulong,
}

/// The memory that a dummy's allocation leaks.
//
// SAFETY: Both samples include this file. In C, it is an `int *`.
pub(crate) const LEAK: klp::Shadow<Dummy, KBox<c_int>> = unsafe { klp::Shadow::new(1) };

/// Dummies have [`LEAK`].
pub(crate) struct Leak;

#[vtable]
impl klp::State for Leak {
    const ID: usize = 2;
    const VERSION: u32 = 1;
    const SHADOWS: &'static [usize] = &[LEAK.id()];
    type Data = ();

    fn setup() -> Result {
        Ok(())
    }

    fn release(_data: (), unpatched: &klp::Unpatched) {
        LEAK.free_all(unpatched);
    }
}

/// Frees what would have leaked.
pub(crate) fn free_leak(caller: &str, dummy: &mut Dummy) {
    match LEAK.free(dummy) {
        Some(leak) => pr_info!(
            "{caller}: dummy @ {dummy:p}, prevented leak @ {:p}\n",
            &*leak
        ),
        None => pr_info!("{caller}: dummy @ {dummy:p} leaked!\n"),
    }
}
