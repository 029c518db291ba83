// SPDX-License-Identifier: GPL-2.0

//! Structs of the patch's own that bear the names of the kernel's, which are in no header.

use kernel::ffi::{c_char, c_int, c_uint, c_ulong, c_void};

/// 4 bytes off from `user_pversion` on.
mod shifted {
    use super::*;

    #[repr(C)]
    pub(crate) struct snd_seq_client {
        pub(crate) r#type: c_int,
        pub(crate) _flags: c_uint,
        pub(crate) midi_version: c_uint,
        pub(crate) name: [c_char; 64],
    }
}

/// The first fields, and one far behind, with padding between.
mod prefix {
    use super::*;

    #[repr(C)]
    pub(crate) struct snd_seq_client {
        pub(crate) type_: c_int,
        pub(crate) _flags: c_uint,
        pub(crate) midi_version: c_uint,
        pub(crate) user_pversion: c_uint,
        pub(crate) name: [c_char; 64],
        pub(crate) number: c_int,
        pub(crate) filter: c_uint,
        pub(crate) event_filter: [c_ulong; 4],
    }
}

/// One field is enough.
mod single {
    use super::*;

    #[repr(C)]
    pub(crate) struct snd_seq_client {
        pub(crate) type_: c_int,
    }
}

/// A field that is not there.
mod other {
    use super::*;

    #[repr(C)]
    pub(crate) struct snd_seq_client {
        pub(crate) type_: c_int,
        pub(crate) _flags: c_uint,
        pub(crate) midi_version: c_uint,
        pub(crate) no_such_field: u16,
    }
}

/// A struct of the kernel's, but another one.
mod nested {
    #[repr(C)]
    pub(crate) struct snd_seq_client_port {
        pub(crate) addr: [u8; 2],
        pub(crate) owner: u16,
    }
}

/// The first field only; it leads to nothing in particular.
mod audit {
    use super::*;

    #[repr(C)]
    pub(crate) struct audit_buffer {
        pub(crate) skb: *mut c_void,
    }
}

/// Whatever it is, it is behind a pointer to nothing in particular.
struct Private {
    _a: u64,
    _b: u64,
}

klp::livepatch! {
    name: "klp_test_own_types",
    description: "Structs of its own with the kernel's names",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never loaded.
            unsafe "audit_log_n_string"(ab: *mut audit::audit_buffer, string: *const c_char, len: usize) => vmlinux_prefix,
        ],
        "snd_seq" => [
            // SAFETY: Never loaded.
            unsafe "snd_seq_ioctl_pversion"(client: *mut shifted::snd_seq_client, arg: *mut c_void) -> c_int => wrong_offset,
            // SAFETY: Never loaded.
            unsafe "snd_seq_ioctl_user_pversion"(client: *mut prefix::snd_seq_client, arg: *mut c_void) -> c_int => right_prefix,
            // SAFETY: Never loaded.
            unsafe "snd_seq_ioctl_client_id"(client: *mut single::snd_seq_client, arg: *mut c_void) -> c_int => right_single,
            // SAFETY: Never loaded.
            unsafe "snd_seq_ioctl_system_info"(client: *mut other::snd_seq_client, arg: *mut c_void) -> c_int => no_such_field,
            // SAFETY: Never loaded.
            unsafe "snd_seq_ioctl_create_port"(client: *mut c_void, arg: *mut c_void) -> c_int => right_void,
            // SAFETY: Never loaded.
            unsafe "snd_seq_ioctl_delete_port"(client: *mut Private, arg: *mut c_void) -> c_int => unknown_name,
            // SAFETY: Never loaded.
            unsafe "snd_seq_ioctl_get_port_info"(client: *mut nested::snd_seq_client_port, arg: *mut c_void) -> c_int => other_struct,
        ],
    ],
}

fn vmlinux_prefix(ab: *mut audit::audit_buffer, _string: *const c_char, _len: usize) {
    // SAFETY: Never loaded.
    core::hint::black_box(unsafe { (*ab).skb });
}

fn wrong_offset(client: *mut shifted::snd_seq_client, _arg: *mut c_void) -> c_int {
    // SAFETY: Never loaded.
    let client = unsafe { &*client };
    c_int::from(client.name[0]) ^ client.r#type ^ client.midi_version as c_int
}

fn right_prefix(client: *mut prefix::snd_seq_client, _arg: *mut c_void) -> c_int {
    // SAFETY: Never loaded.
    unsafe { (*client).number }
}

fn right_single(client: *mut single::snd_seq_client, _arg: *mut c_void) -> c_int {
    // SAFETY: Never loaded.
    unsafe { (*client).type_ }
}

fn no_such_field(client: *mut other::snd_seq_client, _arg: *mut c_void) -> c_int {
    // SAFETY: Never loaded.
    unsafe { (*client).no_such_field.into() }
}

fn right_void(_client: *mut c_void, _arg: *mut c_void) -> c_int {
    0
}

fn unknown_name(_client: *mut Private, _arg: *mut c_void) -> c_int {
    1
}

fn other_struct(client: *mut nested::snd_seq_client_port, _arg: *mut c_void) -> c_int {
    // SAFETY: Never loaded.
    unsafe { (*client).owner.into() }
}
