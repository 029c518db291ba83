// SPDX-License-Identifier: GPL-2.0

//! netfilter: nft_flow_offload: an expression that fails gives its flowtable back.

use core::ptr;
use kernel::{
    bindings::nlattr,
    ffi::{c_int, c_void},
};

klp::headers!(mod c);
mod types_nft_flow_offload;

klp::livepatch! {
    name: "fix_flow_offload",
    authors: ["klp-rs"],
    description: "netfilter: nft_flow_offload: drop the flowtable's use on failure",
    license: "GPL",
    objects: [
        "nft_flow_offload" => [
            #[original]
            // SAFETY: The prototype is the original's, which is given the same.
            unsafe nft_flow_offload_init(ctx: *const c_void, expr: *const c::nft_expr, tb: *const *const nlattr) -> c_int
                => init_or_give_back,
        ],
    ],
}

fn init_or_give_back(
    original: klp::Original<fn(*const c_void, *const c::nft_expr, *const *const nlattr) -> c_int>,
    ctx: *const c_void,
    expr: *const c::nft_expr,
    tb: *const *const nlattr,
) -> c_int {
    // SAFETY: The expression is new, nobody else knows it. A flowtable in it is one whose use the original has counted.
    unsafe {
        let flow: *mut types_nft_flow_offload::nft_flow_offload = c::nft_expr_priv(expr).cast();
        (*flow).flowtable = ptr::null_mut();
        let result = original.call(ctx, expr, tb);
        let flowtable: *mut c::nft_flowtable = (*flow).flowtable.cast();
        if result < 0 && !flowtable.is_null() {
            c::nft_use_dec(&raw mut (*flowtable).use_);
        }
        result
    }
}
