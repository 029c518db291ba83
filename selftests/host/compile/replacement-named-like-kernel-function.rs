// SPDX-License-Identifier: GPL-2.0
// error: a replacement cannot be named like something in the kernel's header

klp::livepatch! {
    name: "replacement_named_like_kernel_function",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never compiled.
            unsafe some_function() => seq_write, // here
        ],
    ],
}

fn seq_write() {}
