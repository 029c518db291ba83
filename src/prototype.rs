// SPDX-License-Identifier: GPL-2.0

//! Comparison of a declared prototype with the replacement's and with the kernel header's.

use core::ptr::NonNull;

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

/// Calls a replacement with the declared arguments.
#[inline(always)]
pub fn call<F, Args, Declared, R>(replacement: F, args: Declared) -> R
where
    F: Replacement<Args>,
    Args: Takes<Declared>,
    F::Return: Returns<R>,
{
    replacement.call(Args::from_declared(args)).into_declared()
}

/// A declared type may stand for the type of the kernel's header.
///
/// That is the type itself, or a reference for a pointer: what it points at may be the `kernel`
/// crate's wrapper of the C struct, which is of the same size.
#[diagnostic::on_unimplemented(
    message = "the patch declares `{Self}` where the kernel's header has `{Header}`",
    label = "the declaration differs from the kernel header's"
)]
pub trait StandsFor<Header> {
    /// Whether what is pointed at has the size that the header says.
    const SAME_SIZE: bool = true;
}

/// Structs that the header only announces have no size, and what `void *` points at can be
/// anything.
const fn same_size<T, U>() -> bool {
    size_of::<T>() == size_of::<U>() || size_of::<U>() <= size_of::<core::ffi::c_void>()
}

impl<T> StandsFor<T> for T {}
impl<T> StandsFor<Undecided<T>> for T {}

macro_rules! impl_stands_for {
    ($($reference:ty => $pointer:ty),* $(,)?) => {
        $(impl<T, U> StandsFor<$pointer> for $reference {
            const SAME_SIZE: bool = same_size::<T, U>();
        })*
    };
}

impl_stands_for! {
    &T => *const U, Option<&T> => *const U, &mut T => *const U, Option<&mut T> => *const U,
    &T => *mut U, Option<&T> => *mut U, &mut T => *mut U, Option<&mut T> => *mut U,
}

impl<T> StandsFor<*mut T> for NonNull<T> {}
impl<T> StandsFor<*const T> for NonNull<T> {}
impl<T> StandsFor<*mut T> for Option<NonNull<T>> {}
impl<T> StandsFor<*const T> for Option<NonNull<T>> {}

/// Functions of the kernel's header that may be declared with arguments `Args`, a tuple, and result
/// `R`.
pub trait Header<Args, R> {
    /// Whether all that is pointed at has the size that the header says.
    const SAME_SIZE: bool;
}

macro_rules! impl_header {
    ($($arg:ident $header:ident)*) => {
        impl<R, HeaderR, $($arg, $header),*> Header<($($arg,)*), R> for unsafe extern "C" fn($($header),*) -> HeaderR
        where
            R: StandsFor<HeaderR>,
            $($arg: StandsFor<$header>),*
        {
            const SAME_SIZE: bool = R::SAME_SIZE $(&& $arg::SAME_SIZE)*;
        }
    };
}

impl_header!();
impl_header!(A HeaderA);
impl_header!(A HeaderA B HeaderB);
impl_header!(A HeaderA B HeaderB C HeaderC);
impl_header!(A HeaderA B HeaderB C HeaderC D HeaderD);
impl_header!(A HeaderA B HeaderB C HeaderC D HeaderD E HeaderE);
impl_header!(A HeaderA B HeaderB C HeaderC D HeaderD E HeaderE F HeaderF);
impl_header!(A HeaderA B HeaderB C HeaderC D HeaderD E HeaderE F HeaderF G HeaderG);
impl_header!(A HeaderA B HeaderB C HeaderC D HeaderD E HeaderE F HeaderF G HeaderG H HeaderH);
impl_header!(A HeaderA B HeaderB C HeaderC D HeaderD E HeaderE F HeaderF G HeaderG H HeaderH I HeaderI);

/// Compares a declared prototype with the function of the kernel's header.
pub const fn compare<Args, R, H: Header<Args, R> + Copy>(_: H) {
    assert!(
        H::SAME_SIZE,
        "a reference in the prototype is to something of another size than the kernel's header has"
    );
}

/// Compares a declared variable with the one of the kernel's header.
pub const fn compare_variable<T: StandsFor<Header>, Header>(_: *const Header) {
    assert!(
        T::SAME_SIZE,
        "a reference in the variable is to something of another size than the kernel's header has"
    );
}

/// In the place of a name that the kernel's header does not have.
#[derive(Clone, Copy)]
pub struct Unused;

/// Names that the kernel's header does not have.
#[diagnostic::on_unimplemented(
    message = "a replacement cannot be named like something in the kernel's header",
    label = "the trampoline bears the replacement's name: calls of the kernel's `{Self}` would go there",
    note = "rename the replacement"
)]
pub trait NameIsUnused {}

impl NameIsUnused for Unused {}

/// Refuses a name that the kernel's header has.
pub const fn unused<T: NameIsUnused>(_: &T) {}
