// SPDX-License-Identifier: GPL-2.0

//! Bluetooth: RFCOMM: a port whose device is gone is shut down.

use kernel::{container_of, ffi::c_int};
use types_rfcomm::{rfcomm_dev, tty_port};

mod types_rfcomm;

klp::livepatch! {
    name: "fix_rfcomm_shutdown",
    authors: ["klp-rs"],
    description: "Bluetooth: RFCOMM: shut down a port without a device",
    license: "GPL",
    objects: [
        "rfcomm" => [
            #[original]
            // SAFETY: The prototype is the original's, which is given the same.
            unsafe rfcomm_dev_shutdown(port: *mut tty_port) => shutdown_with_or_without,
        ],
    ],
}

klp::symbols! {
    "rfcomm" => {
        fn rfcomm_dlc_close(dlc: *mut core::ffi::c_void, err: c_int) -> c_int;
    }
}

fn shutdown_with_or_without(original: klp::Original<fn(*mut tty_port)>, port: *mut tty_port) {
    // SAFETY: The ports with these operations are those of `struct rfcomm_dev`, which hold their dlc.
    unsafe {
        let dev = container_of!(port, rfcomm_dev, port);
        if (*dev).tty_dev.is_null() {
            rfcomm_dlc_close((*dev).dlc, 0);
            return;
        }
    }
    original.call(port)
}
