// SPDX-License-Identifier: GPL-2.0

//! netfilter: xt_CHECKSUM: a checksum that would start in the IP header is not made.

use kernel::{
    bindings::sk_buff,
    ffi::{c_int, c_uint, c_void},
};

klp::headers!(mod c);

klp::livepatch! {
    name: "fix_checksum",
    authors: ["klp-rs"],
    description: "netfilter: xt_CHECKSUM: check where the checksum starts",
    license: "GPL",
    objects: [
        "xt_CHECKSUM" => [
            #[original]
            // SAFETY: The prototype is the original's, which is given the same; to drop a packet is a target's right.
            unsafe checksum_tg(skb: *mut sk_buff, par: *const c_void) -> c_uint => checksum_behind_header,
        ],
    ],
}

fn checksum_behind_header(
    original: klp::Original<fn(*mut sk_buff, *const c_void) -> c_uint>,
    skb: *mut sk_buff,
    par: *const c_void,
) -> c_uint {
    // SAFETY: The packet is the caller's, and has an IP header if the family says so.
    let in_header = unsafe {
        u32::from((*skb).__bindgen_anon_4.headers.as_ref().ip_summed()) == c::CHECKSUM_PARTIAL
            && !c::skb_is_gso(skb)
            && u32::from(c::xt_family(par.cast())) == c::NFPROTO_IPV4
            && c::skb_checksum_start_offset(skb)
                < c::skb_network_offset(skb).wrapping_add(c::ip_hdrlen(skb) as c_int)
    };
    if in_header {
        c::NF_DROP
    } else {
        original.call(skb, par)
    }
}
