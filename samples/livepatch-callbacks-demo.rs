// SPDX-License-Identifier: GPL-2.0

//! Callbacks sample: says when the kernel and two modules are patched and unpatched.
//!
//! C version of this sample:
//! [`samples/livepatch/livepatch-callbacks-demo.c`](srctree/samples/livepatch/livepatch-callbacks-demo.c)

use kernel::{bindings, error::to_result, prelude::*};

klp::parameters! {
    pre_patch_ret: i32 {
        default: 0,
        mode: 0o644,
        description: "What pre_patch returns, 0 or a negative error",
    },
}

klp::livepatch! {
    name: "livepatch_callbacks_demo",
    authors: ["klp-rs"],
    description: "Live patching demo for (un)patching callbacks",
    license: "GPL",
    objects: [
        vmlinux with Demo => [],
        "livepatch_callbacks_mod" with Demo => [],
        "livepatch_callbacks_busymod" with Demo => [
            // SAFETY: The prototype is the original's, and nothing relies on what the work does.
            unsafe busymod_work_func(work: *mut bindings::work_struct) => patched_work_func,
        ],
    ],
}

struct Demo;

impl Demo {
    fn say(callback: &str, object: &klp::ObjectView<'_>) {
        match (object.name(), object.module_state()) {
            (Some(name), Some(state)) => pr_info!("{callback}: {name} -> {state:?}\n"),
            _ => pr_info!("{callback}: vmlinux\n"),
        }
    }
}

#[vtable]
impl klp::Callbacks for Demo {
    fn pre_patch(object: &klp::ObjectView<'_>) -> Result {
        Self::say("pre_patch_callback", object);
        to_result(parameters::pre_patch_ret.get())
    }

    fn post_patch(object: &klp::ObjectView<'_>) {
        Self::say("post_patch_callback", object);
    }

    fn pre_unpatch(object: &klp::ObjectView<'_>) {
        Self::say("pre_unpatch_callback", object);
    }

    fn post_unpatch(object: &klp::ObjectView<'_>) {
        Self::say("post_unpatch_callback", object);
    }
}

fn patched_work_func(_work: *mut bindings::work_struct) {
    pr_info!("patched_work_func\n");
}
