// SPDX-License-Identifier: GPL-2.0

//! Headers sample: `/proc/cmdline` says through which mount it is read, by a private header of the kernel's.

use kernel::{
    ffi::{c_int, c_void},
    seq_file::SeqFile,
    seq_print,
};

klp::headers!(mod c);

klp::livepatch! {
    name: "livepatch_headers",
    authors: ["klp-rs"],
    description: "Live patching demo for the kernel's headers",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: The prototype is the original's; seq_read() calls with a valid `struct
            // seq_file` that it has locked.
            unsafe cmdline_proc_show(m: *mut c::seq_file, v: *mut c_void) -> c_int => cmdline_of_mount,
        ],
    ],
}

fn cmdline_of_mount(m: *mut c::seq_file, _v: *mut c_void) -> c_int {
    // SAFETY: The file is open as long as it is read, and its mount is there as long as the file.
    let (m, mount) = unsafe {
        let path = (*(*m).file).__bindgen_anon_1.f_path;
        (SeqFile::from_raw(m), &*c::real_mount(path.mnt))
    };
    seq_print!(m, "read through mount {}\n", mount.mnt_id);
    0
}
