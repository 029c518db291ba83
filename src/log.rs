// SPDX-License-Identifier: GPL-2.0

//! What the crate says in the kernel's log.
//!
//! By C's formats: those of Rust take several times the code, and each module has a copy of this crate's.
//!
//! C header: [`include/linux/printk.h`](srctree/include/linux/printk.h)

use crate::rt::{c_char, c_ulong, c_void, CStrExt, Error};
use core::ffi::CStr;

/// Prints an error, or with `warning:` a warning, by a format of `printk()`. Each value is of a type that is [`Printed`] by the
/// specifier in its place, or it does not compile.
macro_rules! say {
    (warning: $format:literal $($values:tt)*) => {
        $crate::log::say!(@ "\x014" $format $($values)*)
    };
    (@ $level:literal $format:literal $(, $value:expr)* $(,)?) => {{
        struct Says;

        impl $crate::log::Format for Says {
            const FORMAT: &'static str = concat!($level, "livepatch: ", $format, "\n\0");
        }

        $crate::log::print::<Says, _>(($($value,)*))
    }};
    ($format:literal $($values:tt)*) => {
        $crate::log::say!(@ "\x013" $format $($values)*)
    };
}
pub(crate) use say;

/// A format of `printk()`.
pub(crate) trait Format {
    /// It, which ends in a NUL.
    const FORMAT: &'static str;
}

/// A value in the log.
///
/// # Safety
///
/// The specifier is for values of type `C`, which is passed to variadic functions as it is.
pub(crate) unsafe trait Printed {
    /// What it is printed by.
    const SPECIFIER: &'static str;
    /// What C has for it.
    type C;

    /// It, as C has it.
    fn into_c(self) -> Self::C;
}

macro_rules! printed {
    ($($type:ty: $specifier:literal, $c:ty, $value:ident => $into:expr;)*) => {$(
        // SAFETY: As vsprintf() has it.
        unsafe impl Printed for $type {
            const SPECIFIER: &'static str = $specifier;
            type C = $c;

            #[inline(always)]
            fn into_c(self) -> $c {
                let $value = self;
                $into
            }
        }
    )*};
}

printed! {
    &CStr: "%s", *const c_char, string => string.as_char_ptr();
    usize: "%lu", c_ulong, number => number;
    u32: "%u", u32, number => number;
    u64: "%016llx", u64, bits => bits;
    Error: "%pe", *mut c_void, error => error.to_ptr();
}

/// Values in the log, a tuple.
pub(crate) trait Values {
    /// What they are printed by.
    const SPECIFIERS: &'static [&'static str];

    /// Prints them.
    ///
    /// # Safety
    ///
    /// The format ends in a NUL, and has their specifiers and no others.
    unsafe fn print(self, format: &'static str);
}

macro_rules! values {
    ($($value:ident)*) => {
        impl<$($value: Printed),*> Values for ($($value,)*) {
            const SPECIFIERS: &'static [&'static str] = &[$($value::SPECIFIER),*];

            #[inline(always)]
            #[allow(non_snake_case)]
            unsafe fn print(self, format: &'static str) {
                let ($($value,)*) = self;
                #[cfg(CONFIG_PRINTK)]
                // SAFETY: By this function's safety requirements; strings end in a NUL.
                unsafe {
                    crate::rt::bindings::_printk(format.as_ptr().cast() $(, $value.into_c())*)
                };
                #[cfg(not(CONFIG_PRINTK))]
                let _ = (format $(, $value.into_c())*);
            }
        }
    };
}

values!(A);
values!(A B);
values!(A B C);
values!(A B C D);
values!(A B C D E);

/// Prints values by a format that is for them.
#[inline(always)]
pub(crate) fn print<F: Format, V: Values>(values: V) {
    const {
        assert!(
            is_for(F::FORMAT, V::SPECIFIERS),
            "the format has other specifiers than the values"
        )
    };
    // SAFETY: As has just been checked.
    unsafe { values.print(F::FORMAT) };
}

/// Whether a format has these specifiers, in this order, and no others, and ends in a NUL.
const fn is_for(format: &str, specifiers: &[&str]) -> bool {
    let format = format.as_bytes();
    let (mut i, mut next) = (0, 0);
    while i < format.len() {
        if format[i] == b'%' {
            if next == specifiers.len() || !begins(format, i, specifiers[next].as_bytes()) {
                return false;
            }
            next += 1;
        }
        i += 1;
    }
    next == specifiers.len() && format[format.len() - 1] == 0
}

/// Whether `word` is in `text` from `at` on, and no longer one is.
const fn begins(text: &[u8], at: usize, word: &[u8]) -> bool {
    let mut i = 0;
    while i < word.len() {
        if at + i >= text.len() || text[at + i] != word[i] {
            return false;
        }
        i += 1;
    }
    at + i < text.len() && !text[at + i].is_ascii_alphanumeric()
}
