// SPDX-License-Identifier: GPL-2.0

//! States that the kernel cannot have, or not tell apart.

use super::counted::{times, Counted};
use crate::{data::MAX_SIZE, describe::MOST_SHADOWS, State};

/// The number of the first fault of a state among those whose ids are counted; 0 if there is none. One constant for a state,
/// not one for each fault: the compiler takes long over them.
pub const fn fault<S: State>(ids: &[Counted]) -> u8 {
    if S::ID == 0 {
        1
    } else if times(S::ID, ids) != 1 {
        2
    } else if S::LAYOUT_SINCE > S::VERSION {
        3
    } else if size_of::<S::Data>() > MAX_SIZE {
        4
    } else if S::SHADOWS.len() > MOST_SHADOWS {
        5
    } else {
        0
    }
}

/// What a state is that has that [`fault`]; it is refused in the words of the fault's.
pub trait With<const FAULT: u8> {
    /// Needs no more.
    const IS: () = ();
}

impl<S> With<0> for S {}

/// Lacks all that is asked of it. It is not the state itself: the compiler would speak of that.
pub struct Nothing;

macro_rules! faults {
    ($($number:literal $name:ident: $message:literal, $label:literal;)*) => {$(
        #[doc = $label]
        #[diagnostic::on_unimplemented(message = $message, label = $label)]
        pub trait $name<State> {}

        impl<S> With<$number> for S where Nothing: $name<S> {}
    )*};
}

faults! {
    1 Id:
        "livepatch!: the state `{State}` has the id 0, which ends the kernel's table; take another",
        "its ID is 0";
    2 IdOfItsOwn:
        "livepatch!: another state of the patch has the id of `{State}`, or is the same type; each needs an id of its own",
        "not the only state with its ID";
    3 Layout:
        "livepatch!: the state `{State}` has a LAYOUT_SINCE that is higher than its VERSION; it is the first version with this layout",
        "its LAYOUT_SINCE is higher than its VERSION";
    4 Size:
        "livepatch!: the data of the state `{State}` are larger than 1024 bytes, which the kernel's stack is too small for",
        "its Data are too large";
    5 Shadows:
        "livepatch!: the state `{State}` has more than 30 shadow variables",
        "its SHADOWS are too many";
}
