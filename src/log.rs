// SPDX-License-Identifier: GPL-2.0

//! What the crate says in the kernel's log.
//!
//! By C's formats: those of Rust take several times the code, and each module has a copy of this crate's.
//!
//! C header: [`include/linux/printk.h`](srctree/include/linux/printk.h)

/// Prints an error, or with `warning:` a warning, by a format of `printk()`, which has no more than numbers, strings and
/// pointers.
///
/// # Safety
///
/// The format's specifiers are for the types of the values, in their order, and strings end in a NUL.
macro_rules! say {
    (warning: $format:literal $($values:tt)*) => {
        $crate::log::say!(@ "\x014" $format $($values)*)
    };
    (@ $level:literal $format:literal $(, $value:expr)* $(,)?) => {{
        let format = concat!($level, "livepatch: ", $format, "\n\0").as_ptr();
        #[cfg(CONFIG_PRINTK)]
        $crate::rt::bindings::_printk(format.cast() $(, $value)*);
        #[cfg(not(CONFIG_PRINTK))]
        let _ = (format $(, $value)*);
    }};
    ($format:literal $($values:tt)*) => {
        $crate::log::say!(@ "\x013" $format $($values)*)
    };
}
pub(crate) use say;
