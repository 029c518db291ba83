// SPDX-License-Identifier: GPL-2.0

//! Comparing what is declared with the kernel's header.

/// Compares with the kernel's header: each function's name is the header's if there is one, else
/// [`ABSENT`](crate::header::ABSENT), and each replacement's is the header's too, else what is
/// declared. Types are not looked up where the header's names are.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_compare {
    ($($function:tt $arguments:tt [$($result:ty)?] $replacement:tt $($abi:literal $symbol:tt)?;)*) => {
        const _: () = {
            mod absent {
                $($crate::__header_absent!($function $replacement $($abi $symbol)?);)*
            }
            #[allow(unused_imports)]
            use absent::*;

            const _: () = {
                $($crate::__livepatch_declared!(
                    $arguments $function $arguments [$($result)?] $replacement $($abi $symbol)?
                );)*

                const _: () = {
                    #[allow(unused_imports)]
                    use $crate::header::names::*;

                    $($crate::__livepatch_compared!($function $replacement $($abi $symbol)?);)*
                };
            };
        };
    };
}

/// What stands for a name that the header does not have.
#[doc(hidden)]
#[macro_export]
macro_rules! __header_absent {
    ($name:literal $($key:tt)*) => {};
    ($name:ident extern $abi:literal $key:ident) => {
        $crate::__header_absent!($name $key);
    };
    ($name:ident $key:ident) => {
        $crate::rt::paste! {
            #[allow(non_snake_case)]
            mod [<$name __ $key>] {
                pub use $crate::header::ABSENT as $name;
            }
            #[allow(unused_imports)]
            pub use [<$name __ $key>]::*;
        }
    };
}

/// What is declared, where its arguments are.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_declared {
    // In C and not compared with the header: the types need not be known here.
    ($here:tt $function:literal $arguments:tt $result:tt extern $abi:literal $replacement:tt) => {
        $crate::__livepatch_declared!($here $function () [] $replacement);
    };
    ($here:tt $function:tt $arguments:tt $result:tt extern $abi:literal $replacement:tt) => {
        $crate::__livepatch_declared!($here $function $arguments $result $replacement);
    };
    ($here:tt $function:tt ($($argument:ident: $type:ty),* $(,)?) [] $replacement:tt) => {
        $crate::__livepatch_declared!($here $function ($($argument: $type),*) [()] $replacement);
    };
    ($here:tt $function:tt ($($argument:ident: $type:ty),* $(,)?) [$result:ty] $replacement:tt) => {
        $crate::__items_here! { $replacement $here {
            #[allow(dead_code, non_upper_case_globals)]
            const $replacement: $crate::header::Declared<($($type,)*), $result> = $crate::header::Declared::NEW;
        } }
    };
    // Refused where its trampoline is made.
    ($here:tt $function:tt $arguments:tt $result:tt $replacement:tt) => {
        $crate::__livepatch_declared!($here $function () [] $replacement);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_compared {
    ($function:tt extern $abi:literal $replacement:tt) => {
        $crate::__livepatch_compared!($function $replacement);
    };
    ($function:literal $replacement:tt) => {
        const _: () = $crate::header::unused($replacement);
    };
    ($function:tt $replacement:tt) => {
        $crate::__refuse_unless! {
            { $crate::header::compare($replacement, $function) } size_of_header $function $function
        }
    };
}
