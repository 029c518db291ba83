// SPDX-License-Identifier: GPL-2.0

//! What the kernel's header declares, compared with what a patch does.
//!
//! A name is looked up where only the header's names are nearer than [`ABSENT`]: once for a whole
//! patch, as the compiler makes a list of all the names each time.

use crate::prototype::Undecided;
use core::{marker::PhantomData, ptr::NonNull};

/// One constant for each function and variable that `kernel::bindings` declares.
#[allow(
    clippy::all,
    dead_code,
    missing_docs,
    non_camel_case_types,
    non_upper_case_globals
)]
pub mod names {
    use super::{Function, Variable};
    use kernel::{bindings::*, ffi};

    // As the kernel crate defines them beside bindgen's output, for itself.
    type __kernel_size_t = usize;
    type __kernel_ssize_t = isize;
    type __kernel_ptrdiff_t = isize;

    include!(env!("KLP_HEADER"));
}

/// A function of the header, by the type of pointers to it.
pub struct Function<T>(PhantomData<T>);

impl<T> Function<T> {
    const HEADER: Self = Self(PhantomData);
}

/// A variable of the header.
pub struct Variable<T>(PhantomData<T>);

impl<T> Variable<T> {
    const HEADER: Self = Self(PhantomData);
}

/// In the place of a name that the header does not have.
#[derive(Clone, Copy)]
pub struct Absent;

/// In the place of a name that the header does not have.
pub const ABSENT: Absent = Absent;

/// A function as a patch declares it; in the place of its replacement's name, which the header
/// should not have.
pub struct Declared<Args, R>(PhantomData<(Args, R)>);

impl<Args, R> Declared<Args, R> {
    /// It.
    pub const NEW: Self = Self(PhantomData);
}

macro_rules! impl_copy {
    ($($name:ident<$($parameter:ident),*>),*) => {
        $(
            impl<$($parameter),*> Clone for $name<$($parameter),*> {
                fn clone(&self) -> Self {
                    *self
                }
            }

            impl<$($parameter),*> Copy for $name<$($parameter),*> {}
        )*
    };
}

impl_copy!(Function<T>, Variable<T>, Declared<Args, R>);

/// What is declared under a replacement's name.
#[diagnostic::on_unimplemented(
    message = "a replacement cannot be named like something in the kernel's header",
    label = "the trampoline bears the replacement's name: calls of the kernel's `{Self}` would go there",
    note = "rename the replacement"
)]
pub trait NotInHeader: Copy {
    /// The function's arguments, a tuple.
    type Args;
    /// Its result.
    type Result;
}

impl<Args, R> NotInHeader for Declared<Args, R> {
    type Args = Args;
    type Result = R;
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
#[diagnostic::do_not_recommend]
impl<T> StandsFor<Undecided<T>> for T {}

macro_rules! impl_stands_for {
    ($($reference:ty => $pointer:ty),* $(,)?) => {
        $(#[diagnostic::do_not_recommend]
        impl<T, U> StandsFor<$pointer> for $reference {
            const SAME_SIZE: bool = same_size::<T, U>();
        })*
    };
}

impl_stands_for! {
    &T => *const U, Option<&T> => *const U, &mut T => *const U, Option<&mut T> => *const U,
    &T => *mut U, Option<&T> => *mut U, &mut T => *mut U, Option<&mut T> => *mut U,
}

#[diagnostic::do_not_recommend]
impl<T> StandsFor<*mut T> for NonNull<T> {}
#[diagnostic::do_not_recommend]
impl<T> StandsFor<*const T> for NonNull<T> {}
#[diagnostic::do_not_recommend]
impl<T> StandsFor<*mut T> for Option<NonNull<T>> {}
#[diagnostic::do_not_recommend]
impl<T> StandsFor<*const T> for Option<NonNull<T>> {}

/// What may be declared with arguments `Args`, a tuple, and result `R`: functions of the header, and
/// what the header does not have.
#[diagnostic::on_unimplemented(
    message = "the patch declares a function of `{Args}` where the kernel's header has `{Self}`",
    label = "the declaration differs from the kernel header's"
)]
pub trait Header<Args, R>: Copy {
    /// Whether all that is pointed at has the size that the header says.
    const SAME_SIZE: bool = true;
}

impl<Args, R> Header<Args, R> for Absent {}
impl<Args, R, A, B> Header<Args, R> for Declared<A, B> {}

macro_rules! impl_header {
    ($($arg:ident $header:ident)*) => {
        impl<R, HeaderR, $($arg, $header),*> Header<($($arg,)*), R>
            for Function<unsafe extern "C" fn($($header),*) -> HeaderR>
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

/// Refuses a replacement's name that the header has.
pub const fn unused<D: NotInHeader>(_: D) {}

/// Compares a declared function with what the header has under its name; whether what is pointed at has the size that the header says.
pub const fn compare<D: NotInHeader, H: Header<D::Args, D::Result>>(_: D, _: H) -> bool {
    H::SAME_SIZE
}

/// What a variable may be declared as.
pub trait HeaderVariable<T>: Copy {
    /// Whether all that is pointed at has the size that the header says.
    const SAME_SIZE: bool = true;
}

impl<T> HeaderVariable<T> for Absent {}

impl<T: StandsFor<H>, H> HeaderVariable<T> for Variable<H> {
    const SAME_SIZE: bool = T::SAME_SIZE;
}

/// Compares a declared variable with what the header has under its name, as [`compare`] does.
pub const fn compare_variable<T, H: HeaderVariable<T>>(_: Declared<(), T>, _: H) -> bool {
    H::SAME_SIZE
}
