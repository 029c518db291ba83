// SPDX-License-Identifier: GPL-2.0

//! net: team: what no port can send is freed.

use kernel::bindings::{sk_buff, GFP_ATOMIC};

klp::headers!(mod c);

klp::livepatch! {
    name: "fix_team_broadcast",
    authors: ["klp-rs"],
    description: "net: team: free what no port can broadcast",
    license: "GPL",
    objects: [
        "team_mode_broadcast" => [
            // SAFETY: The prototype is the original's. team_xmit() calls in an RCU read-side section, and gives the skb away.
            unsafe bc_transmit(team: *mut c::team, skb: *mut sk_buff) -> bool => broadcast_or_free,
        ],
    ],
}

fn broadcast_or_free(team: *mut c::team, skb: *mut sk_buff) -> bool {
    let (mut last, mut sent) = (None, false);
    // SAFETY: In the caller's RCU read-side section ports stay valid; the skb is ours.
    unsafe {
        for port in klp::list_entries!(&raw mut (*team).port_list, c::team_port, list) {
            if !c::team_port_txable(port) {
                continue;
            }
            if let Some(before) = last.replace(port) {
                let copy = c::skb_clone(skb, GFP_ATOMIC);
                sent |= !copy.is_null() && c::team_dev_queue_xmit(team, before, copy) == 0;
            }
        }
        match last {
            Some(last) => sent |= c::team_dev_queue_xmit(team, last, skb) == 0,
            None => c::dev_kfree_skb_any(skb),
        }
    }
    sent
}
