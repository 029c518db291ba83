// SPDX-License-Identifier: GPL-2.0

//! The fields of `livepatch!`: their order, what is wrong with them, and what they are where they are left out.

/// The fields in their order, but for those that [`__about!`](crate::__about!) is for.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_fields {
    (
        $(type: $type:ty,)?
        name: $name:tt,
        $(authors: $authors:tt,)?
        $(description: $description:tt,)?
        license: $license:tt,
        $(alias: $alias:tt,)?
        $(imports_ns: $imports_ns:tt,)?
        $(params: $params:tt,)?
        $(version: $version:tt,)?
        $(fixes: $fixes:tt,)?
        $(expires: $expires:tt,)?
        objects: $objects:tt
        $(, states: $states:tt)?
        $(, replace: $replace:expr)?
        $(, keep: $keep:expr)?
        $(,)?
    ) => {
        $crate::__livepatch! {
            $(type: $type,)?
            name: $name,
            $(authors: $authors,)?
            $(description: $description,)?
            license: $license,
            $(alias: $alias,)?
            $(imports_ns: $imports_ns,)?
            $(params: $params,)?
            objects: $objects
            $(, states: $states)?
            $(, replace: $replace)?
            $(, keep: $keep)?
        }
    };
    ($($fields:tt)*) => {
        $crate::__livepatch_fault! {
            [type name authors description license alias imports_ns params version fixes expires objects states replace keep]
            $($fields)*
        }
    };
}

/// Says which field does not exist or is out of place, or else which are needed; first, those that may still come.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_fault {
    ($order:tt $field:tt: $value:tt $(, $($rest:tt)*)?) => {
        $crate::__livepatch_field! { $field $field $order $($($rest)*)? }
    };
    ($order:tt $field:tt: $value:tt $($rest:tt)+) => {
        $crate::__livepatch_fault! { $order $field: $($rest)+ }
    };
    ($order:tt $($other:tt)*) => {
        compile_error!(
            "livepatch!: the fields are, in this order: type, name, authors, description, license, alias, imports_ns, params, version, \
             fixes, expires, objects, states, replace, keep; name, license and objects are needed"
        );
    };
}

macro_rules! known_fields {
    ($dollar:tt $($field:ident)*) => {
        #[doc(hidden)]
        #[macro_export]
        macro_rules! __livepatch_field {
            $(
                ($field $dollar here:tt [$field $dollar($dollar later:tt)*] $dollar($dollar rest:tt)*) => {
                    $dollar crate::__livepatch_fault! { [$dollar($dollar later)*] $dollar($dollar rest)* }
                };
                ($field $dollar here:tt [$dollar other:tt $dollar($dollar later:tt)*] $dollar($dollar rest:tt)*) => {
                    $dollar crate::__livepatch_field! { $field $dollar here [$dollar($dollar later)*] $dollar($dollar rest)* }
                };
                ($field $dollar here:tt [] $dollar($dollar rest:tt)*) => {
                    $dollar crate::__refuse_unless! { { false } field_in_its_place $field $dollar here }
                };
            )*
            ($dollar other:tt $dollar here:tt $dollar($dollar rest:tt)*) => {
                $dollar crate::__refuse_unless! { { false } field $dollar other $dollar here }
            };
        }
    };
}

known_fields!($ type name authors description license alias imports_ns params version fixes expires objects states replace keep);

/// Has the name and the license checked in the author's lines. The fields come twice, since one that is told by its name is no longer
/// the author's.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_names {
    ([] [] [$field:tt $colon:tt $name:tt $($rest:tt)*] name : $($same:tt)*) => {
        $crate::__livepatch_names! { [$field $name] [] [$($rest)*] $($rest)* }
    };
    ($name:tt [] [$field:tt $colon:tt $license:tt $($rest:tt)*] license : $($same:tt)*) => {
        $crate::__livepatch_names! { $name [$field $license] [$($rest)*] $($rest)* }
    };
    ([$name_field:tt $name:tt] [$license_field:tt $license:tt] [$field:tt $colon:tt $objects:tt $($rest:tt)*] objects : $($same:tt)*) => {
        const _: () = {
            $crate::__here! { $name_field $objects {
                $crate::check::own_name($name, ::core::option_env!("RUST_MODFILE"))
            } }
            $crate::__here! { $license_field $objects { $crate::check::license($license) } }
        };
    };
    ($name:tt $license:tt [$skipped:tt $($rest:tt)*] $($same:tt)*) => {
        $crate::__livepatch_names! { $name $license [$($rest)*] $($rest)* }
    };
    // The fields are not in order, which is said elsewhere.
    ($name:tt $license:tt []) => {};
}

/// A livepatch whose module is kept unless the fields that come after its objects say otherwise.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_kept {
    ([$($done:tt)*], keep: $($rest:tt)*) => {
        $crate::livepatch! { $($done)*, keep: $($rest)* }
    };
    ([$($done:tt)*] $(,)?) => {
        $crate::livepatch! { $($done)*, keep: true }
    };
    ([$($done:tt)*] $next:tt $($rest:tt)*) => {
        $crate::__livepatch_kept! { [$($done)* $next] $($rest)* }
    };
}

/// What is given, or else the default.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_or {
    (; $default:expr) => {
        $default
    };
    ($given:expr; $default:expr) => {
        $given
    };
}

/// What is given, or else the default, as text.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_text_or {
    (; $default:literal) => {
        $default
    };
    ($given:expr; $default:literal) => {
        stringify!($given)
    };
}
