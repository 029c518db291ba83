// SPDX-License-Identifier: GPL-2.0

//! A dummy's carrier follows its MTU, by headers of this module's own.

use kernel::ffi::c_int;

klp::headers!(mod c);

klp::livepatch! {
    name: "klp_test_headers_net",
    description: "A struct of a header, and an own header beside the Kbuild",
    license: "GPL",
    objects: [
        "dummy" => [
            // SAFETY: The prototype is the original's; the stack calls with a device.
            unsafe "dummy_change_carrier"(dev: *mut c::net_device, new_carrier: bool) -> c_int => by_mtu,
        ],
    ],
}

const _: () = assert!(c::OWN_LARGE == 7 && c::OWN_SMALL == c::own_size_OWN_SMALL);

fn by_mtu(dev: *mut c::net_device, _new_carrier: bool) -> c_int {
    // SAFETY: The stack calls with a device, and with its lock held.
    unsafe {
        let has_flag = (*dev).hw_features & c::NETIF_F_HIGHDMA != 0;
        if c::own_mtu(dev) > 1000 * c::OWN_CARRIERS && c::netif_running(dev) && has_flag {
            c::netif_carrier_on(dev)
        } else {
            c::netif_carrier_off(dev)
        }
    }
    0
}
