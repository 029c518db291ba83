// SPDX-License-Identifier: GPL-2.0

//! Unexported symbols that are not what they are declared as, each in another way, and some that are.

use kernel::{
    bindings,
    ffi::{c_char, c_int, c_long, c_ulong, c_void},
};

/// In the kernel's, a list of its own is between the two.
#[repr(C)]
struct audit_buffer {
    skb: *mut c_void,
    _list: u64,
    ctx: *mut c_void,
}

klp::symbols! {
    vmlinux => {
        #[link_name = "tainted_mask"]
        fn data_that_is_called() -> c_ulong;
        #[link_name = "cmdline_proc_show"]
        static CODE_THAT_IS_READ: c_int;
        #[link_name = "proc_cmdline_init"]
        fn freed_code() -> c_int;
        #[link_name = "boot_command_line"]
        static FREED_DATA: c_char;
        #[link_name = "runqueues"]
        static ONE_FOR_EACH_PROCESSOR: c_int;
        #[link_name = "entry_SYSCALL_64"]
        fn assembly(a: c_long);
        #[link_name = "version_proc_show"]
        fn wrong_result(m: *mut bindings::seq_file, v: *mut c_void) -> c_long;
        #[link_name = "saved_command_line"]
        static TOO_LARGE: [c_char; 4096];
        #[link_name = "audit_log_n_string"]
        fn wrong_struct(ab: *mut audit_buffer, string: *const c_char, len: usize);
        #[link_name = "avenrun"]
        static ONE_OF_THREE: c_ulong;
        fn get_taint() -> c_ulong;
        fn uptime_proc_show(m: *mut bindings::seq_file, v: *mut c_void) -> c_int;
    },
    "snd_seq" => {
        #[link_name = "clienttab"]
        static RIGHT_SIZE: [*mut c_void; 192];
        #[link_name = "client_usage"]
        static LARGER_THAN_IN_THE_MODULE: [c_int; 3];
    },
}

klp::livepatch! {
    name: "klp_test_symbol_kinds",
    description: "Unexported symbols of the wrong kinds",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never loaded.
            unsafe "loadavg_proc_show"(m: *mut bindings::seq_file, v: *mut c_void) -> c_int => uses_all,
        ],
        "snd_seq" => [],
    ],
}

fn uses_all(m: *mut bindings::seq_file, v: *mut c_void) -> c_int {
    let addresses = [
        CODE_THAT_IS_READ.as_ptr().addr(),
        FREED_DATA.as_ptr().addr(),
        ONE_FOR_EACH_PROCESSOR.as_ptr().addr(),
        TOO_LARGE.as_ptr().addr(),
        ONE_OF_THREE.as_ptr().addr(),
        RIGHT_SIZE.get().map_or(0, |table| table.addr().get()),
        LARGER_THAN_IN_THE_MODULE
            .get()
            .map_or(0, |usage| usage.addr().get()),
    ];
    core::hint::black_box(addresses);
    // SAFETY: Never loaded.
    unsafe {
        assembly(1);
        wrong_struct(v.cast(), core::ptr::null(), 0);
        core::hint::black_box((data_that_is_called(), get_taint(), wrong_result(m, v)));
        freed_code() ^ uptime_proc_show(m, v)
    }
}
