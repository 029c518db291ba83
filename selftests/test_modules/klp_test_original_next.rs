// SPDX-License-Identifier: GPL-2.0

//! The same functions by another patch, cumulative or not.

mod originals;

use kernel::{
    ffi::{c_long, c_void},
    seq_file::SeqFile,
};
use originals::{doze, marked, plain, status};

klp::parameters! {
    replace: bool { default: false, mode: 0o444, description: "Whether to replace the other" },
}

klp::livepatch! {
    name: "klp_test_original_next",
    description: "Replacements that call their originals",
    license: "GPL",
    objects: [
        vmlinux => [
            #[original]
            // SAFETY: The prototype is the original's; proc_pid_status() calls with a valid, locked file.
            unsafe task_mem(m: &SeqFile, mm: *mut c_void) => status,
        ],
        "klp_test_callee" => [
            #[original]
            // SAFETY: The prototype is the original's, which takes any numbers; the caller prints what it is given.
            unsafe klp_test_marked(a: c_long, b: c_long) -> c_long => marked,
            #[sympos(1)]
            #[original]
            // SAFETY: As above.
            unsafe klp_test_plain(a: c_long, b: c_long) -> c_long => plain,
            #[original]
            // SAFETY: As above; its caller may sleep.
            unsafe klp_test_doze(a: c_long) -> c_long => doze,
        ],
    ],
    replace: parameters::replace.get(),
}
