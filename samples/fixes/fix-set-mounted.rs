// SPDX-License-Identifier: GPL-2.0

//! fs: nothing is mounted on what is being removed.

use kernel::{bindings::dentry, error::to_result, ffi::c_int, prelude::*, sync::SpinLock};

klp::headers!(mod c);

klp::livepatch! {
    name: "fix_set_mounted",
    authors: ["klp-rs"],
    description: "fs: mount nothing on a dentry that is being removed",
    license: "GPL",
    objects: [
        vmlinux => [
            #[original]
            // SAFETY: The prototype is the original's, which is given the same; its caller knows of ENOENT.
            unsafe d_set_mounted(dentry: *mut dentry) -> c_int => set_mounted_if_it_stays,
        ],
    ],
}

fn set_mounted_if_it_stays(
    original: klp::Original<fn(*mut dentry) -> c_int>,
    dentry: *mut dentry,
) -> Result {
    to_result(original.call(dentry))?;
    // SAFETY: The caller holds the dentry, and namespace_sem, under which alone mounts are attached: who saw the flag
    // meanwhile has found no mount. dont_mount() holds d_lock; who calls it detaches mounts afterwards.
    unsafe {
        let _guard = SpinLock::<()>::from_raw(
            &raw mut (*dentry).d_lockref.__bindgen_anon_1.__bindgen_anon_1.lock,
        )
        .lock();
        if c::cant_mount(dentry) != 0 {
            (*dentry).d_flags &= !c::DCACHE_MOUNTED;
            return Err(ENOENT);
        }
    }
    Ok(())
}
