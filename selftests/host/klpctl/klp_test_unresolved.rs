// SPDX-License-Identifier: GPL-2.0

//! Unexported symbols that the kernel does not find, each for another reason, and one that it finds.

use kernel::ffi::{c_int, c_ulong};

klp::symbols! {
    vmlinux => {
        static tainted_mask: c_ulong;
        static klp_no_such_variable: c_int;
        fn e1000_has_link() -> bool;
        #[link_name = "__func__.0"]
        static ambiguous: [u8; 1];
    },
}

klp::livepatch! {
    name: "klp_test_unresolved",
    description: "Unexported symbols that are not found",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never loaded.
            unsafe "cmdline_proc_show"() => unresolved,
        ],
    ],
}

fn unresolved() {
    // SAFETY: Never loaded.
    let found = unsafe {
        tainted_mask.as_ptr().read() != 0
            && klp_no_such_variable.as_ptr().read() != 0
            && e1000_has_link()
            && ambiguous.as_ptr().read() != [0]
    };
    core::hint::black_box(found);
}
