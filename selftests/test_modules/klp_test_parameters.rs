// SPDX-License-Identifier: GPL-2.0

//! A function that shows the values of parameters.

use kernel::{
    ffi::{c_int, c_void},
    seq_file::SeqFile,
    seq_print,
    sync::atomic::Relaxed,
};

klp::parameters! {
    count: i32 { default: -1, mode: 0o644, description: "A number" },
    limit: u32 { default: 7, mode: 0o444, description: "Another, which stays" },
    quiet: bool { default: false, mode: 0o600, description: "Whether to be quiet" },
    secret: i32 { default: 5, mode: 0, description: "A number without a file" },
    ports: [u32; 3] { mode: 0o644, description: "Up to three numbers" },
}

klp::livepatch! {
    name: "klp_test_parameters",
    description: "Shows the values of parameters",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: The prototype is the original's; seq_read() calls with a valid, locked file.
            unsafe version_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => klp_test_parameters_show,
        ],
    ],
}

fn klp_test_parameters_show(m: &SeqFile, _v: *mut c_void) -> c_int {
    let (count, limit, quiet) = (
        parameters::count.get(),
        parameters::limit.get(),
        parameters::quiet.get(),
    );
    seq_print!(m, "{count} {limit} {quiet} {}", parameters::secret.get());
    for port in parameters::ports.values() {
        seq_print!(m, " {}", port.load(Relaxed));
    }
    seq_print!(m, "\n");
    0
}
