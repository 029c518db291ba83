// SPDX-License-Identifier: GPL-2.0

//! The objects and the states that a livepatch lists.

/// Refuses an object that the kernel cannot have, or that is listed twice, where it is named.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_object_checked {
    ($hashes:ident $objects:ident $object:tt $here:tt) => {
        $crate::__object_checked! { $object $here }
        $crate::__refuse_unless! {
            { $crate::check::is_listed_once($crate::__livepatch_name!($object), $hashes, $objects) }
            object_listed_once $object $here
        }
    };
}

/// Refuses an object that is neither `vmlinux` nor may be a module, where it is named.
#[doc(hidden)]
#[macro_export]
macro_rules! __object_checked {
    (vmlinux $here:tt) => {};
    ($module:literal $here:tt) => {
        $crate::__refuse_unless! { { $crate::check::is_module($module) } object $module $here }
    };
    ($other:tt $here:tt) => {
        $crate::__refuse_unless! { { false } object $other $here }
    };
}

/// The name of an object as the table has it.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_object_name {
    (vmlinux) => {
        ::core::option::Option::<&::core::ffi::CStr>::None
    };
    ($module:literal) => {
        ::core::option::Option::Some($crate::__livepatch_cstr!($module))
    };
    // Refused where it is named.
    ($other:tt) => {
        ::core::option::Option::<&::core::ffi::CStr>::None
    };
}

/// The callbacks of an object of this module's patch.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_callbacks {
    ($is_vmlinux:expr,) => {
        $crate::callbacks::table::<Livepatch, $crate::callbacks::Without>($is_vmlinux)
    };
    ($is_vmlinux:expr, $callbacks:ty) => {
        $crate::callbacks::table::<Livepatch, $crate::callbacks::With<$callbacks>>($is_vmlinux)
    };
}

/// Refuses a state that the kernel cannot have, or not tell from those with the other ids, where it is listed.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_state_checked {
    ($ids:ident, $state:ty) => {
        const _: () =
            <$state as $crate::check::StateWith<{ $crate::check::fault::<$state>($ids) }>>::IS;
    };
}
