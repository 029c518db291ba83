// SPDX-License-Identifier: GPL-2.0

//! The C side: structs and functions of `linux/livepatch.h` as bindgen reads them, their layout
//! checked against the C compiler's, and the machine code that replacements are entered by and
//! unexported symbols are reached by.
//!
//! C header: [`include/linux/livepatch.h`](srctree/include/linux/livepatch.h)

mod layout;
pub(crate) mod symbol;
pub(crate) mod trampoline;

/// Types that the kernel's own bindings have are those, not second copies.
#[allow(
    clippy::all,
    clippy::undocumented_unsafe_blocks,
    dead_code,
    improper_ctypes,
    missing_docs,
    non_camel_case_types,
    unreachable_pub,
    unsafe_op_in_unsafe_fn,
    unused_imports
)]
mod bindings {
    use kernel::{bindings::*, ffi};

    include!(env!("KLP_BINDINGS"));
}

pub(crate) use bindings::*;
