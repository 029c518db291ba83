// SPDX-License-Identifier: GPL-2.0

//! Patches whose states and callbacks report what they are called for, see `system.c`.

#![allow(dead_code)] // no module uses all of it

use kernel::{
    ffi::{c_char, c_int, c_long},
    fmt,
    prelude::*,
    str::{CStrExt, CString},
};

extern "C" {
    static mut klp_test_values: [c_int; 3];
    fn klp_test_event(module: *const c_char, what: *const c_char);
    fn klp_test_wait();
}

pub(crate) fn report(what: fmt::Arguments<'_>) {
    let Ok(what) = CString::try_from_fmt(what) else {
        return;
    };
    // SAFETY: Both are strings.
    unsafe { klp_test_event(concat!(module_path!(), "\0").as_ptr(), what.as_char_ptr()) };
}

/// Which step the parameter `fail` wants to fail, with the number `error`: a state's, by its id, or a callback's.
fn step(step: c_int) -> Result {
    if crate::parameters::fail.get() == step {
        return Err(Error::from_errno(
            crate::parameters::error.get().wrapping_neg(),
        ));
    }
    Ok(())
}

fn pre_patch_of(object: &klp::ObjectView<'_>) -> c_int {
    match object.name() {
        None => 10,
        Some(name) if name == c"klp_test_callee" => 12,
        Some(_) => 11,
    }
}

klp::data! {
    /// `struct klp_test_data`
    pub(crate) struct Saved {
        pub(crate) value: c_int,
        filling: [u8; 1000],
    }

    /// `struct klp_test_data_v3`
    pub(crate) struct SavedV3 {
        pub(crate) value: c_int,
        migrated_from: c_int,
        filling: [u8; 1004],
    }
}

/// Sets the value of a state, and returns what it was.
fn replace_value(id: usize, value: c_int) -> c_int {
    let values = &raw mut klp_test_values;
    // SAFETY: The ids are 1 to 3; only states access the values, one at a time.
    unsafe { (&raw mut (*values)[id - 1]).replace(value) }
}

/// A state in version 1 or 2, which both have the same data.
pub(crate) struct Value<const ID: usize, const VERSION: u32>;

#[vtable]
impl<const ID: usize, const VERSION: u32> klp::State for Value<ID, VERSION> {
    const ID: usize = ID;
    const VERSION: u32 = VERSION;
    const LAYOUT_SINCE: u32 = 1;
    type Data = Saved;

    fn setup() -> Result<Saved> {
        step(ID as c_int)?;
        report(fmt!("setup {ID}"));
        Ok(Saved {
            value: 0,
            filling: [ID as u8; 1000],
        })
    }

    fn enable(data: &mut Saved) {
        report(fmt!("enable {ID}"));
        data.value = replace_value(ID, 10 * ID as c_int + VERSION as c_int);
    }

    fn disable(data: &mut Saved) {
        report(fmt!("disable {ID}"));
        replace_value(ID, data.value);
    }

    fn adopt(data: &mut Saved, prev: &klp::Prev<'_>) {
        report(fmt!(
            "adopt {ID} of version {} with {}",
            prev.version(),
            data.value
        ));
    }

    fn release(_data: Saved, _unpatched: &klp::Unpatched) {
        report(fmt!("release {ID}"));
    }
}

/// A state in version 3, which has other data.
pub(crate) struct ValueV3<const ID: usize>;

#[vtable]
impl<const ID: usize> klp::State for ValueV3<ID> {
    const ID: usize = ID;
    const VERSION: u32 = 3;
    type Data = SavedV3;

    fn setup() -> Result<SavedV3> {
        step(ID as c_int)?;
        report(fmt!("setup {ID}"));
        Ok(SavedV3 {
            value: 0,
            migrated_from: 0,
            filling: [ID as u8; 1004],
        })
    }

    fn enable(data: &mut SavedV3) {
        report(fmt!("enable {ID}"));
        data.value = replace_value(ID, 10 * ID as c_int + 3);
    }

    fn disable(data: &mut SavedV3) {
        report(fmt!("disable {ID}"));
        replace_value(ID, data.value);
    }

    fn migrate(prev: &klp::Prev<'_>) -> Result<SavedV3> {
        step(ID as c_int)?;
        let data = prev.data::<Saved>().ok_or(EINVAL)?;
        report(fmt!(
            "migrate {ID} of version {} with {}",
            prev.version(),
            data.value
        ));
        Ok(SavedV3 {
            value: data.value,
            migrated_from: prev.version() as c_int,
            filling: [ID as u8; 1004],
        })
    }

    fn adopt(data: &mut SavedV3, prev: &klp::Prev<'_>) {
        let same = prev
            .data::<Saved>()
            .is_some_and(|prev| prev.value == data.value);
        report(fmt!(
            "adopt {ID} of version {} with {}, as it was: {same}",
            data.migrated_from,
            data.value
        ));
    }

    fn release(_data: SavedV3, _unpatched: &klp::Unpatched) {
        report(fmt!("release {ID}"));
    }
}

/// Callbacks of `vmlinux` and of the module that comes and goes.
pub(crate) struct Reported;

impl Reported {
    fn report(callback: &str, object: &klp::ObjectView<'_>) {
        match (object.name(), object.module_state()) {
            (Some(name), Some(state)) => report(fmt!("{callback} {name} {state:?}")),
            _ => report(fmt!("{callback} vmlinux")),
        }
    }
}

#[vtable]
impl klp::Callbacks for Reported {
    fn pre_patch(object: &klp::ObjectView<'_>) -> Result {
        step(pre_patch_of(object))?;
        Self::report("pre_patch", object);
        Ok(())
    }

    fn post_patch(object: &klp::ObjectView<'_>) {
        Self::report("post_patch", object);
    }

    fn pre_unpatch(object: &klp::ObjectView<'_>) {
        Self::report("pre_unpatch", object);
    }

    fn post_unpatch(object: &klp::ObjectView<'_>) {
        Self::report("post_unpatch", object);
    }
}

/// Replaces `klp_test_hold()` and sleeps as that does.
pub(crate) fn hold() -> c_int {
    // SAFETY: The function may be called wherever sleeping is allowed.
    unsafe { klp_test_wait() };
    1
}

/// Replaces `klp_test_add()`.
pub(crate) fn add(a: c_long, b: c_long) -> c_long {
    a.wrapping_mul(b)
}

/// A patch with states, and with the parameters that [`step`] and the tests want.
macro_rules! patch {
    ($name:literal, $description:literal, $states:tt) => {
        use states::{add, hold, Reported};

        patch!($name, $description, $states, [
            vmlinux with Reported => [],
            "klp_test_system" => [
                // SAFETY: The prototype is the original's, and its caller prints the result.
                unsafe klp_test_hold() -> kernel::ffi::c_int => hold,
            ],
            "klp_test_target" with Reported => [
                // SAFETY: The prototype is the original's, and its caller prints the result.
                unsafe klp_test_add(a: kernel::ffi::c_long, b: kernel::ffi::c_long) -> kernel::ffi::c_long => add,
            ],
        ]);
    };
    ($name:literal, $description:literal, $states:tt, $objects:tt) => {
        klp::parameters! {
            replace: bool { default: false, mode: 0, description: "Replace all patches in force" },
            fail: i32 { default: 0, mode: 0o600, description: "Which step fails" },
            error: i32 { default: 19, mode: 0o600, description: "With which error" },
        }

        klp::livepatch! {
            name: $name,
            description: $description,
            license: "GPL",
            objects: $objects,
            states: $states,
            replace: parameters::replace.get(),
        }
    };
}
