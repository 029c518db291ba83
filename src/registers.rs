// SPDX-License-Identifier: GPL-2.0

//! What passes through a trampoline: it leaves the integer registers as they are, but arguments on
//! the stack are not where a second call finds them, and a result in memory takes an argument's
//! place.

use crate::{rt::KBox, text::refuse};
use core::{marker::PhantomData, ptr::NonNull};

/// Types that C passes and returns in integer registers, one for each eight bytes.
///
/// A replacement's arguments and result are of such types: integers, `bool`, pointers, references,
/// `kernel::alloc::KBox`, which the kernel `kmalloc()`s or `kfree()`s, and functions. A C struct that the kernel passes by value is, too, if a patch says so:
///
/// ```ignore
/// /// `kuid_t`.
/// #[repr(C)]
/// struct Kuid(c_uint);
///
/// // SAFETY: `repr(C)`, not packed, one integer.
/// unsafe impl klp::InRegisters for Kuid {}
/// ```
///
/// # Safety
///
/// The type is `repr(C)` or `repr(transparent)`, at most 16 bytes large, not packed, and consists
/// of nothing but integers, `bool`s and pointers: class INTEGER throughout, in terms of the System
/// V ABI.
pub unsafe trait InRegisters {}

macro_rules! impl_in_registers {
    ($($({$($generics:tt)*})? $type:ty),* $(,)?) => {
        // SAFETY: Integers, pointers, or nothing at all.
        $(unsafe impl$(<$($generics)*>)? InRegisters for $type {})*
    };
}

impl_in_registers! {
    (), bool, i8, i16, i32, i64, isize, u8, u16, u32, u64, usize,
    {T} *const T, {T} *mut T, {T} NonNull<T>, {T} Option<NonNull<T>>,
    {T} KBox<T>, {T} Option<KBox<T>>,
    {T} &T, {T} &mut T, {T} Option<&T>, {T} Option<&mut T>,
    {R} unsafe extern "C" fn() -> R, {R} Option<unsafe extern "C" fn() -> R>,
    {R, A} unsafe extern "C" fn(A) -> R, {R, A} Option<unsafe extern "C" fn(A) -> R>,
    {R, A, B} unsafe extern "C" fn(A, B) -> R, {R, A, B} Option<unsafe extern "C" fn(A, B) -> R>,
    {R, A, B, C} unsafe extern "C" fn(A, B, C) -> R, {R, A, B, C} Option<unsafe extern "C" fn(A, B, C) -> R>,
}

/// How C passes a type.
pub enum Passed {
    /// In that many integer registers.
    Registers(usize),
    /// As a floating-point number.
    Float,
    /// In another way; that many bytes.
    Otherwise(usize),
}

const REGISTER: usize = size_of::<usize>();
const ARGUMENT_REGISTERS: usize = 6;
const RESULT_REGISTERS: usize = 2;

/// Finds out how C passes a type: a constant of the type itself takes precedence over the trait's.
pub struct Kind<T>(PhantomData<T>);

impl<T: InRegisters> Kind<T> {
    /// By the promise of [`InRegisters`].
    pub const PASSED: Passed = Passed::Registers(size_of::<T>().div_ceil(REGISTER));
}

impl Kind<f32> {
    /// A floating-point number.
    pub const PASSED: Passed = Passed::Float;
}

impl Kind<f64> {
    /// A floating-point number.
    pub const PASSED: Passed = Passed::Float;
}

/// What holds for all other types.
pub trait ByDefault {
    /// Neither of the above.
    const PASSED: Passed;
}

impl<T> ByDefault for Kind<T> {
    const PASSED: Passed = Passed::Otherwise(size_of::<T>());
}

/// Refuses a function whose arguments or result do not pass through a trampoline.
#[track_caller]
pub const fn check(function: &str, arguments: &[Passed], result: &Passed) {
    let mut used = 0;
    let mut i = 0;
    while i < arguments.len() {
        used += argument_registers(function, &arguments[i]);
        i += 1;
    }
    if used > ARGUMENT_REGISTERS {
        refuse(&[
            "livepatch!: `",
            function,
            "` takes more than six integer arguments, which a replacement cannot",
        ]);
    }
    check_result(function, result);
}

#[track_caller]
const fn argument_registers(function: &str, argument: &Passed) -> usize {
    match *argument {
        Passed::Registers(count) if count <= RESULT_REGISTERS => count,
        Passed::Float => {
            refuse(&["livepatch!: `", function, "` takes a floating-point argument, which a replacement cannot"])
        }
        Passed::Otherwise(size) if size <= RESULT_REGISTERS * REGISTER => refuse(&[
            "livepatch!: `",
            function,
            "` takes an argument that is neither an integer nor a pointer; a struct by value needs klp::InRegisters",
        ]),
        Passed::Registers(_) | Passed::Otherwise(_) => refuse(&[
            "livepatch!: `",
            function,
            "` takes an argument larger than 16 bytes, which is passed on the stack; a replacement cannot take it",
        ]),
    }
}

#[track_caller]
const fn check_result(function: &str, result: &Passed) {
    match *result {
        Passed::Registers(count) if count <= RESULT_REGISTERS => (),
        Passed::Float => {
            refuse(&["livepatch!: `", function, "` returns a floating-point value, which a replacement cannot"])
        }
        Passed::Otherwise(size) if size <= RESULT_REGISTERS * REGISTER => refuse(&[
            "livepatch!: `",
            function,
            "` returns what is neither an integer nor a pointer; a struct by value needs klp::InRegisters",
        ]),
        Passed::Registers(_) | Passed::Otherwise(_) => {
            refuse(&["livepatch!: `", function, "` returns a struct in memory, which a replacement cannot"])
        }
    }
}
