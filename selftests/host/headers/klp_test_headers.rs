// SPDX-License-Identifier: GPL-2.0

//! `/proc/version` tells of the mount that it is read through, by a private header of the kernel's.

use kernel::{
    ffi::{c_int, c_ulong, c_void},
    seq_file::SeqFile,
    seq_print,
};

klp::headers!(mod c);

klp::livepatch! {
    name: "klp_test_headers",
    description: "A struct, an inline function and constants of headers",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: The prototype is the original's; seq_read() calls with a valid `struct seq_file`.
            unsafe version_proc_show(m: *mut c::seq_file, v: *mut c_void) -> c_int => show_mount,
        ],
    ],
}

fn show_mount(m: *mut c::seq_file, _v: *mut c_void) -> c_int {
    // SAFETY: The file is open while it is read, and has its mount, its dentry and its super block.
    let (m, mount, covered, flags, sb) = unsafe {
        let path = &raw const (*(*m).file).__bindgen_anon_1.f_path;
        (
            SeqFile::from_raw(m),
            *c::real_mount((*path).mnt),
            c::is_local_mountpoint((*path).dentry),
            (*(*path).dentry).d_flags,
            *(*(*path).dentry).d_sb,
        )
    };
    let is_proc = sb.s_magic == c::PROC_SUPER_MAGIC as c_ulong;
    let is_born = sb.s_flags & c::SB_BORN != 0;
    let has_mounts = flags & c::DCACHE_MOUNTED != 0;
    seq_print!(
        m,
        "mount {} covered {covered} mounts {has_mounts} proc {is_proc} born {is_born}\n",
        mount.mnt_id
    );
    0
}
