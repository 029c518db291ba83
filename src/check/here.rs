// SPDX-License-Identifier: GPL-2.0

//! Checks that report in the line that the author wrote.

/// Has something checked where the author wrote it.
///
/// What a constant panics with is reported where the macro is called that has the constant. A macro that is called
/// by what the author wrote, its name and its text, is called in the author's line. It takes any text: what a macro of the author's
/// has put there does not match itself. Name and text have to come here as `tt`s all the way: as `ident`s they count as the outer
/// macro's. The `$` is for that macro, and may stand in this one at the end of a group.
#[doc(hidden)]
#[macro_export]
macro_rules! __here {
    ($name:tt $text:tt $check:tt) => {
        $crate::__items_here! { $name $text { const _: () = $check; } [$] }
    };
}

/// Has items where the author wrote something, as [`__here!`](crate::__here!) has a check.
#[doc(hidden)]
#[macro_export]
macro_rules! __items_here {
    ($name:tt $text:tt $items:tt) => {
        $crate::__items_here! { $name $text $items [$] }
    };
    ($name:tt $text:tt { $($items:tt)* } [$dollar:tt]) => {
        macro_rules! $name {
            ($dollar($dollar text:tt)*) => {
                $($items)*
            };
        }
        $name! $text;
    };
}
