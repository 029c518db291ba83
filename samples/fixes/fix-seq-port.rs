// SPDX-License-Identifier: GPL-2.0

//! ALSA: seq: the 32-bit ioctls of ports are serialized as the others are.

use kernel::{
    ffi::{c_int, c_uint, c_void},
    sync::Mutex,
};

klp::headers!(mod c);

klp::livepatch! {
    name: "fix_seq_port",
    authors: ["klp-rs"],
    description: "ALSA: seq: serialize the 32-bit ioctls of ports",
    license: "GPL",
    objects: [
        "snd_seq" => [
            #[original]
            // SAFETY: The prototype is the original's, which is given the same.
            unsafe snd_seq_call_port_info_ioctl(client: *mut c::snd_seq_client, cmd: c_uint, data: *mut c_void) -> c_int
                => port_info_alone,
        ],
    ],
}

fn port_info_alone(
    original: klp::Original<fn(*mut c::snd_seq_client, c_uint, *mut c_void) -> c_int>,
    client: *mut c::snd_seq_client,
    cmd: c_uint,
    data: *mut c_void,
) -> c_int {
    // SAFETY: The client is there as long as its file is open. Neither the original nor what it calls takes the mutex.
    let _guard = unsafe { Mutex::<()>::from_raw(&raw mut (*client).ioctl_mutex) }.lock();
    original.call(client, cmd, data)
}
