// SPDX-License-Identifier: GPL-2.0

//! fs: `fspick()` does not reconfigure the kernel's internal superblocks.

use kernel::{
    bindings::{dentry, fs_context},
    ffi::c_uint,
    prelude::*,
};

klp::headers!(mod c);

klp::livepatch! {
    name: "fix_fspick",
    authors: ["klp-rs"],
    description: "fs: refuse to reconfigure internal superblocks",
    license: "GPL",
    objects: [
        vmlinux => [
            #[original]
            // SAFETY: The prototype is the original's; its callers know of errors, and the original is given the same.
            unsafe fs_context_for_reconfigure(dentry: *mut dentry, sb_flags: c_uint, mask: c_uint) -> *mut fs_context
                => reconfigure_mounted,
        ],
    ],
}

fn reconfigure_mounted(
    original: klp::Original<fn(*mut dentry, c_uint, c_uint) -> *mut fs_context>,
    dentry: *mut dentry,
    sb_flags: c_uint,
    mask: c_uint,
) -> *mut fs_context {
    // SAFETY: The caller holds the dentry and so its superblock, of which this flag never changes.
    if unsafe { (*(*dentry).d_sb).s_flags } & c::SB_NOUSER != 0 {
        return EINVAL.to_ptr();
    }
    original.call(dentry, sb_flags, mask)
}
