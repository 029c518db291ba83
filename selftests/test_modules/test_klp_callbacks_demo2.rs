// SPDX-License-Identifier: GPL-2.0

//! Livepatch test: livepatch demo2

mod callback_info;

use callback_info::callback_info;
use kernel::{ffi::c_int, prelude::*};

klp::livepatch! {
    name: "test_klp_callbacks_demo2",
    description: "Livepatch test: livepatch demo2",
    license: "GPL",
    params: {
        replace: i32 {
            default: 0,
            description: "replace (default=0)",
        },
    },
    objects: [
        vmlinux with Demo => [],
    ],
    replace: klp::parameter::<c_int>(module_parameters::replace.value()) != 0,
}

struct Demo;

#[vtable]
impl klp::Callbacks for Demo {
    fn pre_patch(object: &klp::ObjectView<'_>) -> Result {
        callback_info("pre_patch_callback", object);
        Ok(())
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
