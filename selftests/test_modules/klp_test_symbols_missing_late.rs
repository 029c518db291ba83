// SPDX-License-Identifier: GPL-2.0

//! A symbol whose name is not unique in its module, beside one that is there.

use kernel::{
    ffi::{c_int, c_void},
    seq_file::SeqFile,
    seq_print,
};

klp::symbols! {
    "klp_test_target" => {
        fn klp_test_other_twin() -> c_int;
        static klp_test_tag: c_int;
    },
}

klp::livepatch! {
    name: "klp_test_symbols_missing_late",
    description: "A symbol that is not unique",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: The prototype is the original's; procfs calls with a valid, locked `struct seq_file`.
            unsafe version_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => version,
        ],
        "klp_test_target" => [],
    ],
}

fn version(m: &SeqFile, _v: *mut c_void) -> c_int {
    // SAFETY: Nobody loads or unloads the module while the test reads.
    let twin = unsafe { klp_test_other_twin() };
    seq_print!(m, "{twin:?} {}\n", klp_test_tag.get().is_some());
    0
}
