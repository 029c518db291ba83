// SPDX-License-Identifier: GPL-2.0

//! Calls that the bench counts.

use kernel::ffi::c_long;

klp::livepatch! {
    name: "klp_bench_calls",
    description: "Calls that the bench counts",
    license: "GPL",
    objects: [
        "klp_bench" => [
            // SAFETY: The prototype is the original's; its caller ignores the result.
            unsafe klp_bench_pass(value: c_long) -> c_long => pass,
            // SAFETY: As above; the owner is a static of that module.
            unsafe klp_bench_shadow(from: &Owner) -> c_long => shadow,
            #[original]
            // SAFETY: As above; the original takes any number.
            unsafe klp_bench_original(value: c_long) -> c_long => with_original,
        ],
    ],
}

/// `struct klp_bench_owner`
#[repr(C)]
struct Owner {
    number: c_long,
}

// SAFETY: Its module has a `long` there, and frees it.
const VARIABLE: klp::Shadow<Owner, c_long> = unsafe { klp::Shadow::new(77) };

fn pass(value: c_long) -> c_long {
    value
}

fn shadow(from: &Owner) -> c_long {
    VARIABLE.get(from).copied().unwrap_or(-1)
}

fn with_original(original: klp::Original<fn(c_long) -> c_long>, value: c_long) -> c_long {
    original.call(value).wrapping_add(1)
}
