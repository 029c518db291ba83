// SPDX-License-Identifier: GPL-2.0

//! Callbacks that look at a state themselves, as those of a patch in C do.

#[macro_use]
mod states;

use kernel::prelude::*;
use states::{report, Saved, Value};

patch!(
    "klp_test_plain",
    "Callbacks that look at a state themselves",
    [Value<1, 2>],
    [
        "klp_test_target" with Plain => [],
        vmlinux with Plain => [],
    ]
);

struct Plain;

impl Plain {
    fn look(callback: &str, object: &klp::ObjectView<'_>) {
        let name = object.name().unwrap_or(c"vmlinux");
        let state = klp::get_state::<Value<1, 2>>(object).map(|data| data.get().value);
        let prev = object.transition().map(|transition| {
            klp::prev_state::<Value<1, 2>>(&transition)
                .map(|prev| (prev.version(), prev.data::<Saved>().map(|data| data.value)))
        });
        report(fmt!(
            "{callback} {name} of {}: state {state:?}, prev {prev:?}",
            object.patch().name()
        ));
    }
}

#[vtable]
impl klp::Callbacks for Plain {
    fn pre_patch(object: &klp::ObjectView<'_>) -> Result {
        Self::look("pre_patch", object);
        Ok(())
    }

    fn post_patch(object: &klp::ObjectView<'_>) {
        Self::look("post_patch", object);
    }

    fn pre_unpatch(object: &klp::ObjectView<'_>) {
        Self::look("pre_unpatch", object);
        if let (None, Some(data)) = (object.name(), klp::get_state::<Value<1, 2>>(object)) {
            let mut saved = data.get();
            saved.value = 42;
            data.set(saved);
        }
    }

    fn post_unpatch(object: &klp::ObjectView<'_>) {
        Self::look("post_unpatch", object);
    }
}
