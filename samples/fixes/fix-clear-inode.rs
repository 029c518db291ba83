// SPDX-License-Identifier: GPL-2.0

//! fs: empty nodes of an inode's mapping are freed with it.

use kernel::bindings::{inode, xa_destroy};

klp::livepatch! {
    name: "fix_clear_inode",
    authors: ["klp-rs"],
    description: "fs: free the empty nodes of an inode's mapping",
    license: "GPL",
    objects: [
        vmlinux => [
            #[original]
            // SAFETY: The prototype is the original's, which is given the same.
            unsafe clear_inode(inode: *mut inode) => clear_inode_and_nodes,
        ],
    ],
}

fn clear_inode_and_nodes(original: klp::Original<fn(*mut inode)>, inode: *mut inode) {
    // SAFETY: The inode is the caller's, whose pages are gone; xa_destroy() takes the lock.
    unsafe { xa_destroy(&raw mut (*inode).i_data.i_pages) };
    original.call(inode)
}
