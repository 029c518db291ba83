// SPDX-License-Identifier: GPL-2.0

//! Livepatch test: livepatch demo2

mod callback_info;

use callback_info::callback_info;
use kernel::prelude::*;

klp::parameters! {
    replace: bool { default: false, mode: 0o644, description: "replace (default=0)" },
}

klp::livepatch! {
    name: "test_klp_callbacks_demo2",
    description: "Livepatch test: livepatch demo2",
    license: "GPL",
    objects: [
        vmlinux with Demo => [],
    ],
    replace: parameters::replace.get(),
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
