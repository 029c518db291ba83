// SPDX-License-Identifier: GPL-2.0

//! Unexported symbols: functions and variables, of the kernel and of a module, of unique names and
//! of others, in a patch with states.

use core::ptr::NonNull;
use kernel::{
    ffi::{c_int, c_long, c_ulong, c_void},
    prelude::*,
    seq_file::SeqFile,
    seq_print,
};

klp::symbols! {
    vmlinux => {
        static tainted_mask: c_ulong;
        #[link_name = "_acpi_module_name"]
        #[sympos(2)]
        static SECOND_OF_MANY: c_int;
        fn cmdline_proc_show(m: &SeqFile, v: *mut c_void) -> c_int;
    },
    "klp_test_target" => {
        #[link_name = "klp_test_tag"]
        #[sympos(1)]
        static FIRST_TAG: c_int;
        #[link_name = "klp_test_tag"]
        #[sympos(2)]
        static SECOND_TAG: c_int;
        #[link_name = "klp_test_twin"]
        #[sympos(1)]
        fn first_twin() -> c_int;
        #[link_name = "klp_test_twin"]
        #[sympos(2)]
        fn second_twin() -> c_int;
        fn klp_test_six(a: i8, b: u16, c: c_int, d: c_ulong, e: *mut c_void, f: bool) -> c_long;
    },
}

klp::livepatch! {
    name: "klp_test_symbols",
    description: "Unexported symbols",
    license: "GPL",
    objects: [
        "klp_test_absent" => [],
        vmlinux => [
            // SAFETY: The prototype is the original's; procfs calls with a valid, locked `struct seq_file`.
            unsafe version_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => version,
        ],
        "klp_test_target" with Hooks => [
            // SAFETY: The prototype is the original's, and its caller prints what it is given.
            unsafe klp_test_add(a: c_long, b: c_long) -> c_long => add,
        ],
    ],
    states: [Nothing],
}

/// With states, the kernel's table begins with `vmlinux`, and the modules are elsewhere in it.
struct Nothing;

#[vtable]
impl klp::State for Nothing {
    const ID: usize = 8;
    const VERSION: u32 = 1;
    type Data = ();

    /// The kernel's symbols are there before anything of the patch runs.
    fn setup() -> Result {
        if tainted_mask.as_ptr().is_null() {
            return Err(EINVAL);
        }
        Ok(())
    }
}

fn version(m: &SeqFile, v: *mut c_void) -> c_int {
    // SAFETY: The prototype is the original's, called as procfs does.
    let result = unsafe { cmdline_proc_show(m, v) };
    // SAFETY: An `unsigned long` of kernel/panic.c, which the kernel writes as a whole.
    let tainted = unsafe { tainted_mask.as_ptr().read_volatile() };
    // SAFETY: Nobody loads or unloads the module while the test reads.
    let twins = unsafe { (first_twin(), second_twin()) };
    seq_print!(m, "tainted {tainted}\n");
    seq_print!(m, "second {:x}\n", SECOND_OF_MANY.as_ptr().addr());
    seq_print!(
        m,
        "tags {:?} {:?}\n",
        value(FIRST_TAG.get()),
        value(SECOND_TAG.get())
    );
    seq_print!(m, "twins {:?} {:?}\n", twins.0, twins.1);
    result
}

/// Calls the module, and writes to it.
fn add(a: c_long, b: c_long) -> c_long {
    // SAFETY: The prototype is the original's. In a replacement, the module is there.
    let six = unsafe { klp_test_six(1, 2, a as c_int, b as c_ulong, core::ptr::null_mut(), true) };
    if let Some(tag) = FIRST_TAG.get() {
        // SAFETY: As above; an `int` of the target's, which nobody else accesses.
        unsafe { tag.as_ptr().write(11) };
    }
    six.unwrap_or(-1)
}

fn value(place: Option<NonNull<c_int>>) -> Option<c_int> {
    // SAFETY: An `int`; callbacks, and the test's reader, are when the module is there or is not.
    place.map(|place| unsafe { place.as_ptr().read() })
}

struct Hooks;

impl Hooks {
    fn say(callback: &str) {
        pr_info!(
            "{callback}: tags {:?} {:?}\n",
            value(FIRST_TAG.get()),
            value(SECOND_TAG.get())
        );
    }
}

#[vtable]
impl klp::Callbacks for Hooks {
    fn pre_patch(_object: &klp::ObjectView<'_>) -> Result {
        Self::say("pre_patch");
        Ok(())
    }

    fn post_unpatch(_object: &klp::ObjectView<'_>) {
        Self::say("post_unpatch");
    }
}
