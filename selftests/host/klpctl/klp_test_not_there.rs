// SPDX-License-Identifier: GPL-2.0

//! Functions that cannot be replaced, each for another reason.

klp::livepatch! {
    name: "klp_test_not_there",
    description: "Functions that cannot be replaced",
    license: "GPL",
    objects: [
        vmlinux => [
            // SAFETY: Never loaded.
            unsafe "klp_no_such_function"() => not_there_missing,
            // SAFETY: Never loaded.
            unsafe "hex_to_bin"() => not_there_notrace,
            // SAFETY: Never loaded.
            unsafe "proc_cmdline_init"() => not_there_init,
            // SAFETY: Never loaded.
            unsafe "jiffies"() => not_there_data,
            #[sympos(9999)]
            // SAFETY: Never loaded.
            unsafe "cmdline_proc_show"() => not_there_position,
        ],
        "klp_no_such_module" => [
            // SAFETY: Never loaded.
            unsafe "function"() => not_there_module,
        ],
    ],
}

fn not_there_missing() {}

fn not_there_notrace() {}

fn not_there_init() {}

fn not_there_data() {}

fn not_there_position() {}

fn not_there_module() {}
