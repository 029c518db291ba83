// SPDX-License-Identifier: GPL-2.0

//! The types, constants and inline functions of the kernel's headers.

/// Declares a module with what the headers have that the Kbuild names.
///
/// `klp-headers := HEADER…` in the Kbuild is for all modules of the directory, and
/// `klp-headers-NAME := HEADER…` for the module NAME. A HEADER is one that all may include
/// (`linux/if_team.h`), a private one by its path in the kernel's source (`fs/mount.h`), or one that is
/// beside the Kbuild.
///
/// In the module are, as bindgen makes them of C with the kernel's own flags, what the source mentions:
///
/// - types, where `kernel::bindings` has the name alone, or nothing at all. All others are those of
///   `kernel::bindings`,
/// - `static inline` functions, which are called in C that becomes a part of the module,
/// - functions and variables, which the kernel has to export,
/// - constants, of which macros that C computes are of the type that they have there.
///
/// What an inline function uses and the kernel does not export is listed in the Kbuild, with the object that has it:
/// `klp-symbols := vmlinux:mount_lock`.
///
/// # Examples
///
/// ```ignore
/// // With `klp-headers := linux/if_team.h`.
/// klp::headers!(mod c);
///
/// fn is_txable(port: *mut c::team_port) -> bool {
///     // SAFETY: The caller is in an RCU read-side section, where ports are valid.
///     unsafe { c::team_port_txable(port) }
/// }
/// ```
#[macro_export]
macro_rules! headers {
    ($(#[$attribute:meta])* $visibility:vis mod $name:ident) => {
        $(#[$attribute])*
        #[allow(
            clippy::all,
            clippy::as_underscore,
            clippy::cast_lossless,
            clippy::ptr_as_ptr,
            clippy::ref_as_ptr,
            clippy::undocumented_unsafe_blocks,
            dead_code,
            improper_ctypes,
            missing_docs,
            non_camel_case_types,
            non_snake_case,
            non_upper_case_globals,
            unreachable_pub,
            unsafe_op_in_unsafe_fn,
            unused_imports
        )]
        $visibility mod $name {
            pub use $crate::rt::bindings::*;
            use $crate::rt::ffi;

            // What bindgen leaves to whoever includes what it makes.
            type __kernel_size_t = usize;
            type __kernel_ssize_t = isize;
            type __kernel_ptrdiff_t = isize;

            include!(env!("KLP_HEADERS", "klp::headers!: the Kbuild has no klp-headers for this module"));
        }
    };
}
