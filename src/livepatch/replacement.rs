// SPDX-License-Identifier: GPL-2.0

//! What replaces a function.

/// The trampoline of a function in Rust, and the checks of its prototype.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_replacement {
    ($original:tt $function:tt $arguments:tt [] $($replacement:tt)*) => {
        $crate::__livepatch_replacement!($original $function $arguments [()] $($replacement)*);
    };
    ([original $($more:tt)*] $function:tt $arguments:tt $result:tt extern $abi:literal $replacement:tt; $call:tt) => {
        $crate::__here! { $replacement $call {
            compile_error!(concat!(
                "livepatch!: a replacement in C is not given the original of `", $crate::__livepatch_name!($function),
                "`; write it in Rust, or remove #[original]"
            ))
        } }
    };
    ([original $($more:tt)+] $function:tt $arguments:tt $result:tt $replacement:tt; $call:tt) => {
        $crate::__here! { $replacement $call { compile_error!("livepatch!: `#[original]` takes no arguments") } }
    };
    ([] $function:tt (..) [()] extern $abi:literal $replacement:tt; $call:tt) => {
        $crate::__here! { $replacement $call {
            $crate::check::is_of_the_compiler($crate::__livepatch_name!($function));
        } }
        $crate::__livepatch_replacement!([] $function () [()] extern $abi $replacement; $call);
    };
    // In C: another object of the module has it, and it is entered directly.
    (
        [] $function:tt($($argument:ident: $type:ty),* $(,)?) [$result:ty]
        extern $abi:literal $replacement:tt; $call:tt
    ) => {
        $crate::__here! { $replacement $call {
            $crate::check::function($crate::__livepatch_name!($function), stringify!($replacement));
            $crate::check::listed_once(&<Livepatch as $crate::callbacks::Owner>::TWICE, stringify!($replacement));
            $crate::check::abi(stringify!($replacement), $abi);
        } }
    };
    ($original:tt $function:tt($($argument:ident: $type:ty),* $(,)?) [$result:ty] $replacement:tt; $call:tt) => {
        // The symbol is none that C or Rust has. Its name, not a `sym` operand, is what assembly in
        // a module of its own can refer to.
        #[deny(improper_ctypes_definitions)]
        #[export_name = concat!(stringify!($replacement), ".body")]
        extern "C" fn body($($argument: $type),*) -> $result {
            $crate::__original_passed!($original $replacement ($($argument: $type),*) $result)
        }

        mod trampoline {
            $crate::__livepatch_trampoline!(stringify!($replacement));
        }

        $crate::__here! { $replacement $call {
            #[allow(unused_imports)]
            use $crate::registers::ByDefault as _;

            $crate::check::function($crate::__livepatch_name!($function), stringify!($replacement));
            $crate::check::listed_once(&<Livepatch as $crate::callbacks::Owner>::TWICE, stringify!($replacement));
            $crate::registers::check(
                $crate::__livepatch_name!($function),
                &[$($crate::registers::Kind::<$type>::PASSED),*],
                &$crate::registers::Kind::<$result>::PASSED,
            );
        } }
    };
    ($original:tt $function:tt $arguments:tt $result:tt extern $abi:literal $replacement:tt; $call:tt) => {
        $crate::__livepatch_arguments_fault! { $function $arguments $replacement $call }
    };
    ($original:tt $function:tt $arguments:tt $result:tt $replacement:tt; $call:tt) => {
        $crate::__livepatch_arguments_fault! { $function $arguments $replacement $call }
    };
}

/// Says what is wrong with how arguments are written.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_arguments_fault {
    ($function:tt($($argument:ident: $type:ty,)* ...) $replacement:tt $call:tt) => {
        $crate::__here! { $replacement $call {
            compile_error!(concat!(
                "livepatch!: `", $crate::__livepatch_name!($function), "` is variadic, which a replacement cannot be"
            ))
        } }
    };
    ($function:tt($($arguments:tt)*) $replacement:tt $call:tt) => {
        $crate::__here! { $replacement $call {
            compile_error!(concat!(
                "livepatch!: the arguments of `", $crate::__livepatch_name!($function), "` are not `name: type, …`: ",
                stringify!($($arguments)*)
            ))
        } }
    };
}

/// The symbol of a replacement.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_symbol {
    ($replacement:tt) => {
        stringify!($replacement)
    };
    (extern $abi:literal $replacement:tt) => {
        stringify!($replacement)
    };
}

/// What a replacement is written in.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_form {
    ($replacement:tt) => {
        "rust"
    };
    (extern $abi:literal) => {
        "c"
    };
}
