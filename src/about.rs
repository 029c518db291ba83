// SPDX-License-Identifier: GPL-2.0

//! What a patch says of itself: what it fixes, its version, and until when it is to be used.
//!
//! It is in the description (see [`describe`](crate::describe)), so that it can be read from the file, and from
//! `/sys/module/<name>/notes/.note.klp-rs` while the module is loaded. The version is also the module's, which
//! `modinfo` and `/sys/module/<name>/version` show.

pub mod rules;

use self::rules::fault_in_fix;
use crate::text::{equal, refuse};

/// Refuses names of fixes that nobody would find.
#[track_caller]
pub const fn fixes(names: &[&str]) {
    if names.is_empty() {
        refuse(&["livepatch!: `fixes` is empty; name what is fixed, or leave the field out"]);
    }
    let mut i = 0;
    while i < names.len() {
        if let Some(fault) = fault_in_fix(names[i]) {
            refuse(&["livepatch!: `fixes` has the name `", names[i], "`: ", fault]);
        }
        let mut j = 0;
        while j < i {
            if equal(names[i], names[j]) {
                refuse(&["livepatch!: `fixes` has `", names[i], "` twice"]);
            }
            j += 1;
        }
        i += 1;
    }
}

/// Goes through the fields of `livepatch!` in front of `objects`, for what the patch says of itself. Names and values come
/// twice: to be compared, and as what the author wrote, whose line is shown if the value is refused.
#[doc(hidden)]
#[macro_export]
macro_rules! __about {
    (type: $type:ty, $($rest:tt)*) => {
        $crate::__about! { $($rest)* }
    };
    (objects: $($rest:tt)*) => {};
    ($field:tt: $value:tt, $($rest:tt)*) => {
        $crate::__about_field! { $field $field $value $value }
        $crate::__about! { $($rest)* }
    };
    // Not in order, which is said elsewhere.
    ($($other:tt)*) => {};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __about_field {
    (fixes $here:tt $list:tt [$($name:literal),* $(,)?]) => {
        $crate::__here! { $here $list {
            $crate::about::fixes(&[$($name),*])
        } }
        $crate::__about_described!(&[$(
            $crate::describe::Piece::Plain(concat!("klp_fixes=", $name, "\0"))
        ),*]);
    };
    (version $here:tt $value:tt $version:literal) => {
        $crate::__refuse_unless! { { $crate::about::rules::fault_in_version($version).is_none() } version $version $value }
        $crate::__about_described!(&[$crate::describe::Piece::Plain(concat!("klp_version=", $version, "\0"))]);
        const _: () = {
            $crate::__modinfo!(
                VERSION,
                &[$crate::describe::Piece::Plain(concat!("version=", $version, "\0"))]
            );
        };
    };
    (expires $here:tt $value:tt $date:literal) => {
        $crate::__refuse_unless! { { $crate::about::rules::fault_in_date($date).is_none() } day $date $value }
        $crate::__about_described!(&[$crate::describe::Piece::Plain(concat!("klp_expires=", $date, "\0"))]);
    };
    (fixes $here:tt $value:tt $other:tt) => {
        $crate::__refuse_unless! { { false } list_of_fixes fixes $here }
    };
    (version $here:tt $value:tt $other:tt) => {
        $crate::__refuse_unless! { { false } version version $here }
    };
    (expires $here:tt $value:tt $other:tt) => {
        $crate::__refuse_unless! { { false } day expires $here }
    };
    ($($other:tt)*) => {};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __about_described {
    ($pieces:expr) => {
        const _: () = {
            const PIECES: &[$crate::describe::Piece] = $pieces;

            $crate::__description!(PIECES);
        };
    };
}
