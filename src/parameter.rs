// SPDX-License-Identifier: GPL-2.0

//! Module parameters. Those of `kernel::prelude::module` stay as they are given when the module is
//! loaded, and cannot be `bool` before Linux 7.3.
//!
//! C header: [`include/linux/moduleparam.h`](srctree/include/linux/moduleparam.h)

use crate::rt::{
    as_char_ptr_in_const_context, bindings, c_uint, c_void, Atomic, AtomicType, Relaxed,
};
use core::ffi::CStr;

/// Declares the parameters of a module, which sysfs can show, and change while it is loaded.
///
/// ```text
/// NAME: TYPE { default: VALUE, mode: MODE, description: TEXT },
/// NAME: [TYPE; MAX] { mode: MODE, description: TEXT },
/// ```
///
/// `parameters::NAME` is then a [`Parameter`] or, for a list of at most MAX values with commas between them, a
/// static [`ArrayParameter`]. TYPE is `i32`, `u32` or `bool`; it and MAX are read and checked by the kernel.
/// MODE are the permissions of `/sys/module/<module>/parameters/NAME`; with 0 there is no such file.
///
/// # Examples
///
/// ```ignore
/// klp::parameters! {
///     limit: u32 { default: 16, mode: 0o644, description: "How many at once (default: 16)" },
///     ports: [u32; 8] { mode: 0o444, description: "The ports, at most 8" },
/// }
///
/// fn is_allowed(count: u32, port: u32) -> bool {
///     count < parameters::limit.get() && parameters::ports.values().iter().any(|allowed| allowed.load(Relaxed) == port)
/// }
/// ```
#[macro_export]
macro_rules! parameters {
    ($($name:tt: $type:tt $properties:tt),* $(,)?) => {
        /// The module's parameters.
        mod parameters {
            #[allow(unused_imports)]
            use super::*;

            $($crate::__parameter!($name $properties $name: $type $properties);)*
        }
    };
}

/// One parameter. Its name and what is in its braces come twice, for [`__here!`](crate::__here!).
#[doc(hidden)]
#[macro_export]
macro_rules! __parameter {
    ($here:tt $braces:tt $name:ident: [$type:ty; $max:expr] { mode: $mode:expr, description: $text:literal $(,)? }) => {
        #[doc = $text]
        #[allow(non_upper_case_globals)]
        pub(crate) static $name: $crate::ArrayParameter<$type, { $max }> =
            $crate::ArrayParameter::new();

        const _: () = {
            static LIST: $crate::parameter::List = $crate::parameter::List::of(&$name);

            $crate::__here! { $here $braces {
                $crate::parameter::check_max($max);
                $crate::parameter::check_mode($mode);
            } }

            $crate::__parameter_entry!(
                $name,
                $type,
                "array of ",
                $text,
                $crate::parameter::Entry::list(NAME, $mode, &LIST)
            );
        };
    };
    ($here:tt $braces:tt $name:ident: $type:tt { default: $default:expr, mode: $mode:expr, description: $text:literal $(,)? }) => {
        #[doc = $text]
        #[allow(non_upper_case_globals)]
        pub(crate) static $name: $crate::Parameter<$type> = $crate::Parameter::new($default);

        const _: () = {
            $crate::__here! { $here $braces { $crate::parameter::check_mode($mode) } }
            $crate::__parameter_entry!(
                $name,
                $type,
                "",
                $text,
                $crate::parameter::Entry::scalar(NAME, $mode, &$name)
            );
        };
    };
    ($here:tt $braces:tt $name:ident: $($other:tt)*) => {
        const _: () = {
            $crate::__here! { $here $braces {
                compile_error!(concat!(
                    "parameters!: `",
                    stringify!($name),
                    "` is neither `TYPE { default: …, mode: …, description: \"…\" }` nor \
    `[TYPE; MAX] { mode: …, description: \"…\" }`"
                ))
            } }
        };
    };
}

/// What the module's file says of a parameter, and its entry in the kernel's table.
#[doc(hidden)]
#[macro_export]
macro_rules! __parameter_entry {
    ($name:ident, $type:ty, $list:literal, $text:literal, $entry:expr) => {
        const NAME: &::core::ffi::CStr = $crate::check::cstr(concat!(stringify!($name), "\0"));
        const PIECES: &[$crate::describe::Piece] = &[
            $crate::describe::Piece::Plain(concat!("parmtype=", stringify!($name), ":", $list)),
            $crate::describe::Piece::Plain(<$type as $crate::parameter::Value>::KIND),
            $crate::describe::Piece::Plain(concat!("\0parm=", stringify!($name), ":", $text, "\0")),
        ];

        $crate::__modinfo!(MODINFO, PIECES);

        #[used(compiler)]
        #[link_section = "__param"]
        static ENTRY: $crate::parameter::Entry = $entry;
    };
}

/// Refuses a list that has no room.
#[track_caller]
pub const fn check_max(max: usize) {
    assert!(max > 0, "parameters!: a list of at most 0 values");
}

/// Refuses a mode that the kernel does not have, or that lets others write.
#[track_caller]
pub const fn check_mode(mode: u16) {
    assert!(
        mode & !0o644 == 0
            && mode & 0o400 >= (mode & 0o040) << 3
            && mode & 0o040 >= (mode & 0o004) << 3,
        "parameters!: the mode is none of a file that only root may write, such as 0o644, 0o444 or 0"
    );
}

/// A module parameter that sysfs can change.
///
/// # Invariants
///
/// Its value is what the kernel reads and writes as a [`Value`] of type `T`.
#[repr(transparent)]
pub struct Parameter<T: Value>(Atomic<T>);

impl<T: Value> Parameter<T> {
    #[doc(hidden)]
    pub const fn new(default: T) -> Self {
        Self(Atomic::new(default))
    }

    /// The value at this moment.
    pub fn get(&self) -> T {
        T::load(&self.0)
    }
}

/// A module parameter that is a list of at most `MAX` values.
pub struct ArrayParameter<T: Value, const MAX: usize> {
    values: [Atomic<T>; MAX],
    given: Atomic<u32>,
}

impl<T: Value, const MAX: usize> ArrayParameter<T, MAX> {
    #[doc(hidden)]
    pub const fn new() -> Self {
        Self {
            values: [const { Atomic::new(T::ZERO) }; MAX],
            given: Atomic::new(0),
        }
    }

    /// The values that are given, which can be changed. While sysfs is changing them, only some
    /// are there.
    pub fn values(&self) -> &[Atomic<T>] {
        let given = self.given.load(Relaxed) as usize;
        self.values.get(..given).unwrap_or(&self.values)
    }
}

/// A type of parameters.
///
/// # Safety
///
/// `OPS` read and write what an `Atomic<Self>` has.
#[diagnostic::on_unimplemented(
    message = "parameters!: `{Self}` is no type of a parameter, which is i32, u32 or bool",
    label = "neither i32, u32 nor bool"
)]
pub unsafe trait Value: AtomicType {
    #[doc(hidden)]
    const KIND: &'static str;
    #[doc(hidden)]
    const ZERO: Self;
    #[doc(hidden)]
    const OPS: *const bindings::kernel_param_ops;

    #[doc(hidden)]
    fn load(from: &Atomic<Self>) -> Self;
}

macro_rules! value {
    ($type:ty, $kind:literal, $zero:literal, $ops:ident) => {
        // SAFETY: C has `$ops` for its type of the same size and values, and an `Atomic` has no more
        // than its value.
        unsafe impl Value for $type {
            const KIND: &'static str = $kind;
            const ZERO: Self = $zero;
            const OPS: *const bindings::kernel_param_ops = &raw const bindings::$ops;

            fn load(from: &Atomic<Self>) -> Self {
                from.load(Relaxed)
            }
        }
    };
}

value!(i32, "int", 0, param_ops_int);
value!(u32, "uint", 0, param_ops_uint);
value!(bool, "bool", false, param_ops_bool);

/// `struct kparam_array`: where the kernel finds the values of an [`ArrayParameter`].
#[repr(transparent)]
pub struct List(bindings::kparam_array);

// SAFETY: It is not written, and only C reads it.
unsafe impl Sync for List {}

impl List {
    /// That of `parameter`.
    pub const fn of<T: Value, const MAX: usize>(
        parameter: &'static ArrayParameter<T, MAX>,
    ) -> Self {
        Self(bindings::kparam_array {
            max: MAX as c_uint,
            elemsize: size_of::<T>() as c_uint,
            num: (&raw const parameter.given).cast_mut().cast(),
            ops: T::OPS,
            elem: (&raw const parameter.values).cast_mut().cast(),
        })
    }
}

/// `struct kernel_param`: an entry in the table of a module's parameters.
#[repr(transparent)]
pub struct Entry(bindings::kernel_param);

// SAFETY: Only C reads it, and does so under a lock; what it points at may be written at any time.
unsafe impl Sync for Entry {}

impl Entry {
    /// Of one value.
    pub const fn scalar<T: Value>(
        name: &'static CStr,
        mode: u16,
        parameter: &'static Parameter<T>,
    ) -> Self {
        Self::new(
            name,
            mode,
            T::OPS,
            (&raw const *parameter).cast_mut().cast(),
        )
    }

    /// Of a list of values.
    pub const fn list(name: &'static CStr, mode: u16, list: &'static List) -> Self {
        let ops = &raw const bindings::param_array_ops;
        Self::new(name, mode, ops, (&raw const *list).cast_mut().cast())
    }

    const fn new(
        name: &'static CStr,
        mode: u16,
        ops: *const bindings::kernel_param_ops,
        arg: *mut c_void,
    ) -> Self {
        Self(bindings::kernel_param {
            name: as_char_ptr_in_const_context(name),
            mod_: (&raw const bindings::__this_module).cast_mut(),
            ops,
            perm: mode,
            level: -1,
            flags: 0,
            __bindgen_anon_1: bindings::kernel_param__bindgen_ty_1 { arg },
        })
    }
}
