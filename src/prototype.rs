// SPDX-License-Identifier: GPL-2.0

//! Comparison of a declared prototype with the replacement's.

use crate::rt::{from_result, Error, Result};

/// Functions whose arguments are the tuple `Args`, which inference finds.
///
/// Each implementation is for functions of one number of arguments.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a replacement",
    label = "the replacement of this function",
    note = "a replacement is a safe `fn` of at most six arguments, named by a path of one segment"
)]
pub trait Replacement<Args> {
    /// What the function returns.
    type Return;

    /// Calls the function.
    fn call(self, args: Args) -> Self::Return;
}

macro_rules! impl_replacement {
    ($($arg:ident)*) => {
        impl<F, R, $($arg),*> Replacement<($($arg,)*)> for F
        where
            F: FnOnce($($arg),*) -> R,
        {
            type Return = R;

            #[inline(always)]
            #[allow(non_snake_case)]
            fn call(self, ($($arg,)*): ($($arg,)*)) -> R {
                self($($arg),*)
            }
        }
    };
}

impl_replacement!();
impl_replacement!(A);
impl_replacement!(A B);
impl_replacement!(A B C);
impl_replacement!(A B C D);
impl_replacement!(A B C D E);
impl_replacement!(A B C D E G);
// Too many, which `registers::check` says in better words.
impl_replacement!(A B C D E G H);
impl_replacement!(A B C D E G H I);
impl_replacement!(A B C D E G H I J);

/// A type that nothing is. An implementation for it leaves more than one to choose from, so that
/// inference does not settle on the only one and report a mismatch in terms of its own choice.
pub struct Undecided<T>(T);

/// The replacement's arguments are those that the prototype declares.
#[diagnostic::on_unimplemented(
    message = "the replacement takes `{Self}`, but `livepatch!` declares the function with `{Declared}`",
    label = "the replacement's arguments differ from the declared ones"
)]
pub trait Takes<Declared> {
    /// The same arguments.
    fn from_declared(declared: Declared) -> Self;
}

impl<T> Takes<T> for T {
    #[inline(always)]
    fn from_declared(declared: T) -> T {
        declared
    }
}

impl<T> Takes<Undecided<T>> for T {
    #[inline(always)]
    fn from_declared(declared: Undecided<T>) -> T {
        declared.0
    }
}

/// The replacement returns what the prototype declares.
#[diagnostic::on_unimplemented(
    message = "the replacement returns `{Self}`, but `livepatch!` declares the function to return `{Declared}`",
    label = "the replacement's result differs from the declared one"
)]
pub trait Returns<Declared> {
    /// The same result.
    fn into_declared(self) -> Declared;
}

impl<T> Returns<T> for T {
    #[inline(always)]
    fn into_declared(self) -> T {
        self
    }
}

impl<T> Returns<Undecided<T>> for T {
    #[inline(always)]
    fn into_declared(self) -> Undecided<T> {
        Undecided(self)
    }
}

/// What C has for an error: a negative number, or a pointer that is one.
macro_rules! impl_returns_errno {
    ($($declared:ty),*) => {
        $(
            #[diagnostic::do_not_recommend]
            impl Returns<$declared> for Result<$declared> {
                #[inline(always)]
                fn into_declared(self) -> $declared {
                    from_result(|| self)
                }
            }

            #[diagnostic::do_not_recommend]
            impl Returns<$declared> for Result {
                #[inline(always)]
                fn into_declared(self) -> $declared {
                    self.map(|()| 0).into_declared()
                }
            }
        )*
    };
}

impl_returns_errno!(i32, i64, isize);

#[diagnostic::do_not_recommend]
impl<T> Returns<*mut T> for Result<*mut T> {
    #[inline(always)]
    fn into_declared(self) -> *mut T {
        self.unwrap_or_else(Error::to_ptr)
    }
}

/// Functions that may be called with the declared arguments, for the declared result.
///
/// A bound of the replacement itself, so that the compiler points at it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a replacement",
    label = "the replacement of this function",
    note = "a replacement is a safe `fn` of at most six arguments, named by a path of one segment"
)]
pub trait Fits<Args, Declared, R> {
    /// Calls the function.
    fn call(self, args: Declared) -> R;
}

impl<F, Args, Declared, R> Fits<Args, Declared, R> for F
where
    F: Replacement<Args>,
    Args: Takes<Declared>,
    F::Return: Returns<R>,
{
    #[inline(always)]
    fn call(self, args: Declared) -> R {
        Replacement::call(self, Args::from_declared(args)).into_declared()
    }
}

/// Calls a replacement with the declared arguments.
#[inline(always)]
pub fn call<F: Fits<Args, Declared, R>, Args, Declared, R>(replacement: F, args: Declared) -> R {
    replacement.call(args)
}
