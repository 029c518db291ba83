// SPDX-License-Identifier: GPL-2.0

//! Livepatch test: livepatch demo

mod callback_info;

use callback_info::callback_info;
use kernel::{bindings, error::to_result, prelude::*};

klp::parameters! {
    pre_patch_ret: i32 { default: 0, mode: 0o644, description: "pre_patch_ret (default=0)" },
}

klp::livepatch! {
    name: "test_klp_callbacks_demo",
    description: "Livepatch test: livepatch demo",
    license: "GPL",
    objects: [
        vmlinux with Demo => [],
        "test_klp_callbacks_mod" with Demo => [],
        "test_klp_callbacks_busy" with Demo => [
            // SAFETY: The prototype is the original's, and the replacement may sleep, as any work may.
            unsafe busymod_work_func(work: *mut bindings::work_struct) => patched_work_func,
        ],
    ],
}

fn patched_work_func(_work: *mut bindings::work_struct) {
    pr_info!("patched_work_func\n");
}

struct Demo;

#[vtable]
impl klp::Callbacks for Demo {
    fn pre_patch(object: &klp::ObjectView<'_>) -> Result {
        callback_info("pre_patch_callback", object);
        to_result(parameters::pre_patch_ret.get())
    }

    fn post_patch(object: &klp::ObjectView<'_>) {
        callback_info("post_patch_callback", object);
    }

    fn pre_unpatch(object: &klp::ObjectView<'_>) {
        callback_info("pre_unpatch_callback", object);
    }

    fn post_unpatch(object: &klp::ObjectView<'_>) {
        callback_info("post_unpatch_callback", object);
    }
}
