// SPDX-License-Identifier: GPL-2.0

//! How the macro, the kernel and the description spell objects and functions.

/// The name of an object or of a function, as a string.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_name {
    ($name:ident) => {
        stringify!($name)
    };
    ($name:literal) => {
        $name
    };
}

/// A function as the description names it.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_site {
    ($object:tt $function:tt $($sympos:literal)?) => {
        concat!(
            $crate::__livepatch_name!($object), ":", $crate::__livepatch_name!($function) $(, ",", $sympos)?
        )
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_cstr {
    ($name:tt) => {
        $crate::check::cstr(concat!($crate::__livepatch_name!($name), "\0"))
    };
}
