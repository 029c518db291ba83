// SPDX-License-Identifier: GPL-2.0

//! The macro that a livepatch module is written with.

/// Declares a livepatch module.
///
/// The module's init function enables the patch and does nothing else. `rmmod` is possible once the patch has been
/// disabled (`echo 0 > /sys/kernel/livepatch/<name>/enabled`) or replaced, and its transition has completed.
///
/// # Fields
///
/// In this order; `name`, `license` and `objects` are needed.
///
/// - `name`, `authors`, `description`, `license`, `alias`, `params`: as in [`module!`](kernel::prelude::module).
/// - `objects`: a list of `OBJECT => [FUNCTION, …]`. OBJECT is `vmlinux`, without quotes, or a module's name as a string.
/// - `replace`: a `bool` expression, evaluated when the module is loaded. It may read module parameters
///   (`*module_parameters::NAME.value_ref()`). With `true` the patch is cumulative and replaces all others in force;
///   `false` is the default.
///
/// # Functions
///
/// ```text
/// // SAFETY: …
/// #[sympos(N)]
/// unsafe NAME(ARGUMENT: TYPE, …) -> TYPE => REPLACEMENT
/// ```
///
/// NAME is the function to replace; one that is not a Rust identifier, such as `"vfs_read.part.0"`, is written as a
/// string. Its prototype is declared as the kernel has it; a pointer may be a reference where the kernel's is valid for
/// the call, and a C struct may be the `kernel` crate's transparent wrapper of it.
///
/// `unsafe` is the promise that the prototype is right and that the callers of NAME can do with REPLACEMENT, a safe
/// `fn` in scope at the macro's place. The compiler compares the prototype with the replacement's, and with the
/// kernel header's where `kernel::bindings` has the function and NAME is no string.
///
/// `#[sympos(N)]` is for names that are not unique: the function is the Nth of that name in the object, from 1, in
/// the order of `/proc/kallsyms`.
///
/// A function takes at most six integer or pointer arguments, none of them floating-point, on the stack or variadic, and
/// returns at most two registers.
///
/// # Errors
///
/// Loading the module fails as [`Patch::enable`](crate::Patch::enable) does.
///
/// # Context
///
/// A replacement runs wherever the original did: the same locks held, and it may sleep if the original may. While a
/// task sleeps in one, a transition stays pending.
///
/// # Examples
///
/// ```ignore
/// klp::livepatch! {
///     name: "fix",
///     description: "Two functions of the kernel, one of a module",
///     license: "GPL",
///     params: {
///         replace: bool {
///             default: false,
///             description: "Replace all patches in force",
///         },
///     },
///     objects: [
///         vmlinux => [
///             // SAFETY: The prototype is the original's; procfs calls with a valid, locked `struct seq_file`.
///             unsafe cmdline_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => cmdline,
///             // SAFETY: As above.
///             #[sympos(1)]
///             unsafe version_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => version,
///         ],
///         "e1000" => [
///             // SAFETY: The prototype is the original's, and no caller relies on the result.
///             unsafe e1000_has_link(adapter: *mut c_void) -> bool => has_link,
///         ],
///     ],
///     replace: module_parameters::replace.value(),
/// }
/// ```
///
/// C header: [`include/linux/livepatch.h`](srctree/include/linux/livepatch.h)
#[macro_export]
macro_rules! livepatch {
    (
        name: $name:tt,
        $(authors: $authors:tt,)?
        $(description: $description:tt,)?
        license: $license:tt,
        $(alias: $alias:tt,)?
        $(params: $params:tt,)?
        objects: [$($object:tt => [$($functions:tt)*]),* $(,)?]
        $(, replace: $replace:expr)?
        $(,)?
    ) => {
        $crate::rt::module! {
            type: Livepatch,
            name: $name,
            $(authors: $authors,)?
            $(description: $description,)?
            license: $license,
            $(alias: $alias,)?
            $(params: $params,)?
        }

        /// The module of the livepatch.
        struct Livepatch;

        impl $crate::rt::Module for Livepatch {
            fn init(_module: &'static $crate::rt::ThisModule) -> $crate::rt::Result<Self> {
                // SAFETY: The module is initialised once, and nothing is left that could fail.
                unsafe { LIVEPATCH.enable($crate::__livepatch_or_false!($($replace)?)) }?;
                Ok(Self)
            }
        }

        static LIVEPATCH: $crate::Patch = {
            const LEN: usize = $crate::check::table_len(&[$(stringify!($object)),*]);
            static OBJECTS: [$crate::Object; LEN] = [
                $($crate::__livepatch_object!($object => [$($functions)*]),)*
                $crate::Object::END,
            ];
            $crate::Patch::new(&OBJECTS)
        };

        const _: () = {
            $crate::check::distinct_objects(&[$($crate::__livepatch_name!($object)),*]);
            $($crate::__livepatch_check_object!($object => [$($functions)*]);)*
            $crate::check::distinct_replacements(&[$(&$crate::__livepatch_listed!($($functions)*)),*]);
        };

        const _: () = {
            const TEXT: &str = concat!(
                "klp_replace=", $crate::__livepatch_text_or_false!($($replace)?), "\0",
                $($crate::__livepatch_describe!($object => [$($functions)*])),*
            );

            #[used(compiler)]
            #[link_section = ".modinfo"]
            static MARK: $crate::Modinfo<{ "livepatch=Y\0".len() }> = $crate::Modinfo::new("livepatch=Y\0");

            #[used(compiler)]
            #[link_section = ".modinfo"]
            static MODINFO: $crate::Modinfo<{ TEXT.len() }> = $crate::Modinfo::new(TEXT);

            #[used(compiler)]
            #[link_section = ".note.klp-rs"]
            static NOTE: $crate::Note<{ TEXT.len() }> = $crate::Note::new(TEXT);
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_or_false {
    () => {
        false
    };
    ($replace:expr) => {
        $replace
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_text_or_false {
    () => {
        "false"
    };
    ($replace:expr) => {
        stringify!($replace)
    };
}

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

#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_cstr {
    ($name:tt) => {
        match ::core::ffi::CStr::from_bytes_until_nul(
            concat!($crate::__livepatch_name!($name), "\0").as_bytes(),
        ) {
            Ok(name) => name,
            Err(_) => unreachable!(),
        }
    };
}

/// An object's entry in the table.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_object {
    (vmlinux => $functions:tt) => {
        $crate::Object::new(None, $crate::__livepatch_functions!($functions))
    };
    ($module:literal => $functions:tt) => {
        $crate::Object::new(
            Some($crate::__livepatch_cstr!($module)),
            $crate::__livepatch_functions!($functions),
        )
    };
    ($other:tt => $functions:tt) => {
        compile_error!(concat!(
            "livepatch!: the object `",
            stringify!($other),
            "` is neither vmlinux nor a module's name in quotes"
        ))
    };
}

/// An object's table of functions.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_functions {
    ([$(
        $(#[sympos($sympos:literal)])? unsafe $function:tt($($arguments:tt)*) $(-> $result:ty)? => $replacement:ident
    ),* $(,)?]) => {{
        const LEN: usize = $crate::check::table_len(&[$(stringify!($replacement)),*]);
        static FUNCTIONS: [$crate::Func; LEN] = [
            $({
                $crate::__livepatch_replacement!($function($($arguments)*) [$(-> $result)?] $replacement);
                extern "C" {
                    #[link_name = stringify!($replacement)]
                    fn trampoline();
                }
                // SAFETY: The author of the patch promises, by the `unsafe` in front of the function, that the
                // declared prototype is the function's and that the replacement may be called in its place. The
                // trampoline calls the replacement in a frame of its own.
                unsafe {
                    $crate::Func::new($crate::__livepatch_cstr!($function), trampoline, 0 $(+ $sympos)?)
                }
            },)*
            $crate::Func::END,
        ];
        &FUNCTIONS
    }};
}

/// The trampoline of a function, and the checks of its prototype.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_replacement {
    ($function:tt($($arguments:tt)*) [] $replacement:ident) => {
        $crate::__livepatch_replacement!($function($($arguments)*) [-> ()] $replacement);
    };
    ($function:tt($($argument:ident: $type:ty),* $(,)?) [-> $result:ty] $replacement:ident) => {
        #[allow(unused_imports)]
        mod replacement {
            use super::*;

            #[allow(improper_ctypes_definitions)]
            extern "C" fn body($($argument: $type),*) -> $result {
                $crate::prototype::call(super::$replacement, ($($argument,)*))
            }

            $crate::__trampoline!(stringify!($replacement), body);

            const _: () = {
                use $crate::check::{registers, Kind, NoFloat, Passed};

                registers(
                    $crate::__livepatch_name!($function),
                    &[$(Passed::new(size_of::<$type>(), Kind::<$type>::IS_FLOAT)),*],
                    &Passed::new(size_of::<$result>(), Kind::<$result>::IS_FLOAT),
                );
            };

            $crate::__livepatch_check_header!($function($($argument: $type),*) -> $result);
        }
    };
    ($function:tt($($argument:ident: $type:ty,)* ...) [$($result:tt)*] $replacement:ident) => {
        compile_error!(concat!(
            "livepatch!: `", $crate::__livepatch_name!($function), "` is variadic, which a replacement cannot be"
        ));
    };
}

/// Compares with the kernel's header: the inner name is the header's if it has one, else the outer.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_check_header {
    ($function:literal $($prototype:tt)*) => {};
    ($function:ident($($argument:ident: $type:ty),*) -> $result:ty) => {
        #[allow(dead_code, improper_ctypes, unreachable_code, clippy::all)]
        fn header() {
            extern "C" {
                fn $function($($argument: $type),*) -> $result;
            }

            let function = {
                use $crate::rt::bindings::*;
                $function
            };
            // SAFETY: Never called.
            let _ = |$($argument: $type),*| -> $result {
                unsafe {
                    $crate::prototype::declared_return(function($($crate::prototype::header_argument($argument)),*))
                }
            };
        }
    };
}

/// The checks of an object and of its functions' names.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_check_object {
    (vmlinux => [$($functions:tt)*]) => {
        $crate::check::functions("vmlinux", &$crate::__livepatch_listed!($($functions)*))
    };
    ($module:literal => [$($functions:tt)*]) => {
        $crate::check::module_name($module);
        $crate::check::functions($module, &$crate::__livepatch_listed!($($functions)*))
    };
    ($other:tt => $functions:tt) => {};
}

/// The functions of an object, for the checks.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_listed {
    ($(
        $(#[sympos($sympos:literal)])? unsafe $function:tt($($arguments:tt)*) $(-> $result:ty)? => $replacement:ident
    ),* $(,)?) => {
        [$($crate::check::Listed {
            name: $crate::__livepatch_name!($function),
            sympos: 0 $(+ $sympos)?,
            replacement: stringify!($replacement),
        }),*]
    };
}

/// The strings that describe an object's functions.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_describe {
    ($object:tt => [$(
        $(#[sympos($sympos:literal)])? unsafe $function:tt($($arguments:tt)*) $(-> $result:ty)? => $replacement:ident
    ),* $(,)?]) => {
        concat!($(
            "klp_func=", $crate::__livepatch_name!($object), ":", $crate::__livepatch_name!($function),
            $(",", $sympos,)? "\0",
            "klp_proto=", $crate::__livepatch_name!($object), ":", $crate::__livepatch_name!($function),
            stringify!(($($arguments)*) $(-> $result)?), "\0",
        )*)
    };
}
